"""Invite links: made and revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.sandbox.telegram.chats import Chat, InviteLink
from bots.sandbox.telegram.users import User

if TYPE_CHECKING:
    from bots.sandbox.telegram.world import TelegramWorld


def make_link(
    world: TelegramWorld,
    chat: Chat,
    creator: User,
    *,
    name: str | None = None,
    expires_at: int | None = None,
    member_limit: int | None = None,
    creates_join_request: bool = False,
    is_primary: bool = False,
) -> InviteLink:
    """A new way into the chat, good until it expires, is full or revoked."""
    link = InviteLink(
        url=f"https://t.me/+{world.secret(16)}",
        chat=chat,
        creator=creator,
        name=name,
        expires_at=expires_at,
        member_limit=member_limit,
        creates_join_request=creates_join_request,
        is_primary=is_primary,
    )
    chat.links[link.url] = link
    return link


def primary_link(world: TelegramWorld, chat: Chat, creator: User) -> InviteLink | None:
    """The creator's own primary link, if it has one."""
    own = (link for link in chat.links.values() if link.creator is creator and link.is_primary)
    return next((link for link in own if not link.is_revoked), None)


def revoke_link(world: TelegramWorld, link: InviteLink) -> None:
    """Close a link for good; a primary one gets a successor."""
    link.is_revoked = True
    if link.is_primary:
        make_link(world, link.chat, link.creator, is_primary=True)

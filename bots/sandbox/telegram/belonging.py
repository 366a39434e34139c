"""What people do about membership: come, go, and look after a chat."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bots.sandbox.telegram.chats import CHANNEL_RIGHTS, GROUP_RIGHTS, RIGHTS, Chat, InviteLink, Member, Status
from bots.sandbox.telegram.errors import ImpossibleError
from bots.sandbox.telegram.links import make_link, revoke_link
from bots.sandbox.telegram.membership import answer, ask, change
from bots.sandbox.telegram.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.telegram.world import TelegramWorld


class Belonging(User):
    """The half of a person that joins, leaves, adds and bans."""

    world: TelegramWorld

    # Coming and going

    def joins(self, chat: Chat, link: InviteLink | str | None = None) -> None:
        """Come in: by an invite link, or straight into a public chat."""
        found = self._way_in(chat, link)
        if (found and found.creates_join_request) or (chat.join_by_request and found is None):
            raise ImpossibleError("here one has to ask: use asks_to_join")
        change(self.world, chat, Member(user=self, status="member"), by=self, link=found)

    def asks_to_join(self, chat: Chat, link: InviteLink | str | None = None) -> None:
        """Send a request to join, by a link that makes one or to a public chat that wants them."""
        found = self._way_in(chat, link)
        if not (found.creates_join_request if found else chat.join_by_request):
            raise ImpossibleError("here one comes in without asking: use joins")
        ask(self.world, chat, self, found)

    def leaves(self, chat: Chat) -> None:
        if not chat.has(self):
            raise ImpossibleError(f"{self} is not in {chat.title!r}")
        change(self.world, chat, Member(user=self, status="left"), by=self)

    # Looking after a chat

    def adds(self, user: User, chat: Chat) -> None:
        """Add somebody, or a bot as a plain member."""
        if not chat.has(self):
            raise ImpossibleError(f"{self} is not in {chat.title!r}")
        if chat.has(user):
            raise ImpossibleError(f"{user} is in {chat.title!r} already")
        if chat.kind == "channel" and isinstance(user, Bot):
            raise ImpossibleError("bots can only be administrators of channels: use promotes")
        change(self.world, chat, Member(user=user, status="member"), by=self)

    def removes(self, user: User, chat: Chat) -> None:
        """Take somebody out, who may come back."""
        self._set(user, chat, "left", "can_restrict_members")

    def bans(self, user: User, chat: Chat) -> None:
        self._set(user, chat, "kicked", "can_restrict_members")

    def unbans(self, user: User, chat: Chat) -> None:
        if chat.member(user).status != "kicked":
            raise ImpossibleError(f"{user} is not banned")
        self._set(user, chat, "left", "can_restrict_members")

    def restricts(self, user: User, chat: Chat, **permissions: bool) -> None:
        """Leave somebody inside with only these permissions."""
        self._set(user, chat, "restricted", "can_restrict_members", permissions)

    def promotes(self, user: User, chat: Chat, **rights: bool) -> None:
        """Make somebody an administrator, with all rights but those set to False here; adds them if need be."""
        known = (*RIGHTS, *GROUP_RIGHTS, *CHANNEL_RIGHTS)
        if not set(rights) <= set(known):
            raise ImpossibleError(f"the rights are {', '.join(known)}")
        self._set(user, chat, "administrator", "can_promote_members", rights)

    def demotes(self, user: User, chat: Chat) -> None:
        status: Status = "left" if chat.kind == "channel" and isinstance(user, Bot) else "member"
        self._set(user, chat, status, "can_promote_members")

    def approves(self, user: User, chat: Chat) -> None:
        self._answers(user, chat, approved=True)

    def declines(self, user: User, chat: Chat) -> None:
        self._answers(user, chat, approved=False)

    def makes_link(
        self,
        chat: Chat,
        *,
        name: str | None = None,
        expires_at: datetime | None = None,
        member_limit: int | None = None,
        creates_join_request: bool = False,
    ) -> InviteLink:
        """An invite link of one's own: bots see only its first half."""
        self._needs(chat, "can_invite_users")
        return make_link(
            self.world,
            chat,
            self,
            name=name,
            expires_at=int(expires_at.timestamp()) if expires_at else None,
            member_limit=member_limit,
            creates_join_request=creates_join_request,
        )

    def revokes_link(self, chat: Chat, link: InviteLink | str) -> None:
        self._needs(chat, "can_invite_users")
        found = chat.link(link)
        if found is None:
            raise ImpossibleError("there is no such invite link")
        revoke_link(self.world, found)

    # Underneath

    def _set(self, user: User, chat: Chat, status: Status, right: str, rights: dict[str, bool] | None = None) -> None:
        self._needs(chat, right)
        change(self.world, chat, Member(user=user, status=status, rights=rights or {}), by=self)

    def _answers(self, user: User, chat: Chat, *, approved: bool) -> None:
        self._needs(chat, "can_invite_users")
        if not answer(self.world, chat, user, approved=approved, by=self):
            raise ImpossibleError(f"{user} has not asked to join {chat.title!r}")

    def _needs(self, chat: Chat, right: str) -> None:
        if not chat.member(self).may(right):
            raise ImpossibleError(f"{self} lacks {right} in {chat.title!r}")

    def _way_in(self, chat: Chat, link: InviteLink | str | None) -> InviteLink | None:
        """The link to come in by, if the chat would let this person in."""
        if chat.migrated_to:
            raise ImpossibleError("this group has become a supergroup")
        if chat.has(self):
            raise ImpossibleError(f"{self} is in {chat.title!r} already")
        if chat.member(self).status == "kicked":
            raise ImpossibleError(f"{self} is banned from {chat.title!r}")
        if link is None and not chat.is_public:
            raise ImpossibleError(f"{chat.title!r} is private: an invite link is needed")
        found = chat.link(link) if link else None
        if link and not (found and found.open_at(self.world.time())):
            raise ImpossibleError("this invite link is not valid any more")
        return found

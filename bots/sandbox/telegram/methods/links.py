"""Methods about invite links and requests to join."""

from __future__ import annotations

from typing import Any

from bots.sandbox.telegram.chats import Chat, InviteLink
from bots.sandbox.telegram.errors import bad_request
from bots.sandbox.telegram.links import make_link, primary_link, revoke_link
from bots.sandbox.telegram.membership import answer
from bots.sandbox.telegram.methods.chats import with_right
from bots.sandbox.telegram.methods.table import Call, method

Json = dict[str, Any]
INVITE = "can_invite_users"


@method("createChatInviteLink", "chat_id")
def create_chat_invite_link(call: Call) -> Json:
    chat = with_right(call, INVITE)
    return make_link(call.world, chat, call.bot, **_wanted(call)).json(call.bot)


@method("editChatInviteLink", "chat_id", "invite_link")
def edit_chat_invite_link(call: Call) -> Json:
    link = _own(call, with_right(call, INVITE))
    if link.is_primary or link.is_revoked:
        raise bad_request("INVITE_HASH_EXPIRED" if link.is_revoked else "CHAT_INVITE_PERMANENT")
    wanted = _wanted(call)
    link.name, link.expires_at = wanted["name"], wanted["expires_at"]
    link.member_limit, link.creates_join_request = wanted["member_limit"], wanted["creates_join_request"]
    return link.json(call.bot)


@method("revokeChatInviteLink", "chat_id", "invite_link")
def revoke_chat_invite_link(call: Call) -> Json:
    link = _own(call, with_right(call, INVITE))
    revoke_link(call.world, link)
    return link.json(call.bot)


@method("exportChatInviteLink", "chat_id")
def export_chat_invite_link(call: Call) -> str:
    """Replaces the bot's primary link."""
    chat = with_right(call, INVITE)
    old = primary_link(call.world, chat, call.bot)
    if old:
        old.is_revoked = True
    return make_link(call.world, chat, call.bot, is_primary=True).url


@method("approveChatJoinRequest", "chat_id", "user_id")
def approve_chat_join_request(call: Call) -> bool:
    return _answer(call, approved=True)


@method("declineChatJoinRequest", "chat_id", "user_id")
def decline_chat_join_request(call: Call) -> bool:
    return _answer(call, approved=False)


def _wanted(call: Call) -> Json:
    params = call.params
    name, limit, expires = params.text("name"), params.integer("member_limit"), params.integer("expire_date")
    asks = params.boolean("creates_join_request")
    if len(name) > 32:
        raise bad_request("INVITE_TITLE_TOO_LONG")
    if limit and asks:
        raise bad_request("member limit can't be specified for links requiring administrator approval")
    if not 0 <= limit <= 99_999:
        raise bad_request("USAGE_LIMIT_INVALID")
    if expires and expires <= call.world.time():
        raise bad_request("EXPIRE_DATE_INVALID")
    return {
        "name": name or None,
        "expires_at": expires or None,
        "member_limit": limit or None,
        "creates_join_request": asks,
    }


def _own(call: Call, chat: Chat) -> InviteLink:
    """A link that this very bot has made; others are not its to touch."""
    link = chat.links.get(call.params.text("invite_link"))
    if link is None:
        raise bad_request("INVITE_HASH_INVALID")
    if link.creator is not call.bot:
        raise bad_request("CHAT_ADMIN_REQUIRED")
    return link


def _answer(call: Call, *, approved: bool) -> bool:
    chat, user = with_right(call, INVITE), call.user()
    if chat.has(user):
        raise bad_request("USER_ALREADY_PARTICIPANT")
    if not answer(call.world, chat, user, approved=approved, by=call.bot):
        raise bad_request("HIDE_REQUESTER_MISSING")
    return True

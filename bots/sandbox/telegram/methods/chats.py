"""Methods about chats and their members."""

from __future__ import annotations

from typing import Any

from bots.sandbox.telegram.chats import Chat, Member
from bots.sandbox.telegram.errors import bad_request, forbidden
from bots.sandbox.telegram.links import primary_link
from bots.sandbox.telegram.membership import change
from bots.sandbox.telegram.methods.table import Call, method
from bots.sandbox.telegram.users import User

Json = dict[str, Any]
GIFTS = ["unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"]


@method("getChat", "chat_id")
def get_chat(call: Call) -> Json:
    chat = visible(call)
    full: Json = {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(GIFTS, False),
    }
    if chat.description:
        full["description"] = chat.description
    if chat.join_by_request:
        full["join_by_request"] = True
    link = primary_link(call.world, chat, call.bot)
    if link:
        full["invite_link"] = link.url
    return chat.json() | full


@method("getChatMember", "chat_id", "user_id")
def get_chat_member(call: Call) -> Json:
    chat, user = visible(call), call.user()
    if user is not call.bot and chat.kind != "private" and not chat.member(call.bot).runs_it:
        raise bad_request("member list is inaccessible")
    if chat.kind == "private":
        inside = user in (call.bot, chat.person)
        return Member(user=user, status="member" if inside else "left").json(chat)
    return chat.member(user).json(chat)


@method("getChatMemberCount", "chat_id")
def get_chat_member_count(call: Call) -> int:
    chat = visible(call)
    return 2 if chat.kind == "private" else chat.size


@method("getChatAdministrators", "chat_id")
def get_chat_administrators(call: Call) -> list[Json]:
    chat = visible(call)
    if chat.kind == "private":
        raise bad_request("there are no administrators in the private chat")
    shown = (member for member in chat.administrators() if not member.user.is_bot or member.user is call.bot)
    return [member.json(chat) for member in shown]


@method("banChatMember", "chat_id", "user_id")
def ban_chat_member(call: Call) -> bool:
    return _set(call, "kicked", call.params.integer("until_date"))


@method("unbanChatMember", "chat_id", "user_id")
def unban_chat_member(call: Call) -> bool:
    """Takes a member out, too, unless only_if_banned."""
    chat, user = with_right(call, "can_restrict_members"), call.user()
    banned = chat.member(user).status == "kicked"
    if banned or (chat.has(user) and not call.params.boolean("only_if_banned")):
        change(call.world, chat, Member(user=user, status="left"), by=call.bot)
    return True


@method("leaveChat", "chat_id")
def leave_chat(call: Call) -> bool:
    chat = visible(call)
    if chat.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    change(call.world, chat, Member(user=call.bot, status="left"), by=call.bot)
    return True


def visible(call: Call) -> Chat:
    """The chat of the call, if the bot is in a position to see it."""
    chat = call.chat()
    if chat.kind == "private":
        if not chat.opened and chat.writable_until <= call.world.time():
            raise bad_request("chat not found")
        return chat
    member = chat.member(call.bot)
    if member.status == "kicked":
        raise forbidden(f"bot was kicked from the {chat.kind} chat")
    if not member.inside and not chat.is_public:
        raise forbidden(f"bot is not a member of the {chat.kind} chat")
    return chat


def with_right(call: Call, right: str) -> Chat:
    """The chat of the call, if the bot has this administrator's right in it."""
    chat = visible(call)
    if chat.kind == "private":
        raise bad_request("method is available only for groups, supergroups and channels")
    if not chat.member(call.bot).may(right):
        detail = "manage chat invite link" if right == "can_invite_users" else "restrict/unrestrict chat member"
        raise bad_request(f"not enough rights to {detail}")
    return chat


def _set(call: Call, status: Any, until: int) -> bool:
    chat, user = with_right(call, "can_restrict_members"), call.user()
    _check_ordinary(chat, user)
    change(call.world, chat, Member(user=user, status=status, until=until), by=call.bot)
    return True


def _check_ordinary(chat: Chat, user: User) -> None:
    status = chat.member(user).status
    if status == "creator":
        raise bad_request("can't remove chat owner")
    if status == "administrator":
        raise bad_request("user is an administrator of the chat")

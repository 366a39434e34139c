"""Who is in which chat: every change of it, and everybody who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bots.sandbox.telegram.chats import Chat, InviteLink, Member
from bots.sandbox.telegram.messages import post
from bots.sandbox.telegram.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.telegram.world import TelegramWorld

Json = dict[str, Any]
FIVE_MINUTES = 300


def change(
    world: TelegramWorld,
    chat: Chat,
    new: Member,
    *,
    by: User,
    link: InviteLink | None = None,
    via_join_request: bool = False,
) -> None:
    """Let a user stand to a chat as `new` says, because `by` did so, and tell those who may know."""
    old = chat.member(new.user)
    listeners = {bot.id: bot for bot in chat.bots()}
    chat.put(new)
    listeners |= {bot.id: bot for bot in chat.bots()}
    _keep_links(chat, new, link)
    update: Json = {
        "chat": chat.json(),
        "from": by.json(),
        "date": int(world.time()),
        "old_chat_member": old.json(chat),
        "new_chat_member": new.json(chat),
    }
    if via_join_request:
        update["via_join_request"] = True
    for bot in listeners.values():
        _tell(bot, chat, new.user, update, None if chat.hides_links else link)
    came_alone = link is not None or via_join_request
    _announce(world, chat, old, new, new.user if came_alone else by)
    world.changed.beat()


def ask(world: TelegramWorld, chat: Chat, user: User, link: InviteLink | None) -> None:
    """A user asks to be let in. Administrators' bots that may invite are told, and may write to the user."""
    chat.requests[user.id] = link
    if link:
        link.requests.add(user.id)
    for bot in chat.bots():
        if chat.member(bot).may("can_invite_users"):
            world.private(bot, user).writable_until = world.time() + FIVE_MINUTES
            shown = {"invite_link": link.json(bot)} if link and not chat.hides_links else {}
            request: Json = {
                "chat": chat.json(),
                "from": user.json(),
                "user_chat_id": user.id,
                "date": int(world.time()),
            }
            bot.updates.put("chat_join_request", request | shown, f"user {user.id}")
    world.changed.beat()


def answer(world: TelegramWorld, chat: Chat, user: User, *, approved: bool, by: User) -> bool:
    """Approve or decline a request to join; False if there is none."""
    if user.id not in chat.requests:
        return False
    link = chat.requests.pop(user.id)
    if link:
        link.requests.discard(user.id)
    if approved:
        new = Member(user=user, status="member")
        change(world, chat, new, by=by, link=link, via_join_request=link is None)
    return True


def migrate(world: TelegramWorld, old: Chat, by: User) -> Chat:
    """Upgrade a group to a supergroup: a new id, no invite links, and only errors at the old id."""
    new = world.new_chat("supergroup", old.title)
    for member in old.members.values():
        new.put(Member(user=member.user, status=member.status, rights=dict(member.rights)))
    new.last_bot, new.hides_joins = old.last_bot, old.hides_joins
    post(world, old, by, {"migrate_to_chat_id": new.id})
    post(world, new, by, {"migrate_from_chat_id": old.id})
    old.migrated_to = new
    old.empty()
    return new


def _keep_links(chat: Chat, new: Member, link: InviteLink | None) -> None:
    if new.inside and link:
        link.joined.add(new.user.id)
        chat.came_by[new.user.id] = link
    if not new.inside and (last := chat.came_by.pop(new.user.id, None)):
        last.joined.discard(new.user.id)
    if new.inside or new.status == "kicked":
        waiting = chat.requests.pop(new.user.id, None)
        if waiting:
            waiting.requests.discard(new.user.id)


def _tell(bot: Bot, chat: Chat, user: User, update: Json, link: InviteLink | None) -> None:
    shown = update | ({"invite_link": link.json(bot)} if link else {})
    if bot is user:
        bot.updates.put("my_chat_member", shown, f"user {user.id}")
    elif chat.member(bot).runs_it:
        bot.updates.put("chat_member", shown, f"user {user.id}")


def _announce(world: TelegramWorld, chat: Chat, old: Member, new: Member, author: User) -> None:
    """The line in the chat that says who came or went."""
    if old.inside == new.inside or not chat.is_group or chat.hides_joins:
        return
    who = new.user.json()
    post(world, chat, author, {"new_chat_members": [who]} if new.inside else {"left_chat_member": who})

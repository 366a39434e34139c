"""Telegram's updates in our words: what happened, and what somebody asks of the bot. No rule lives here."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bots.talk.ask import Ask
from bots.talk.commands import said
from bots.telegram.forwards import share
from bots.telegram.updates import (
    CallbackQuery,
    Chat,
    ChatJoinRequest,
    ChatMemberUpdated,
    ChosenInlineResult,
    InlineQuery,
    Message,
    Update,
    User,
)
from bots.telegram.ways import CHANNEL_MARK
from bots.texts.names import shown
from bots.texts.sharing import CHANNELS
from core.campaign.values import Account, Platform
from core.intake.facts import Fact, Joined, Left, Requested, Sent, Shared, Spoke, Started
from core.members import Person

GET_LINK = "invite"
"""In `/start invite` it asks for the person's own link; too short to be a code."""

INVITE_MARK = "invite-"
"""Before a campaign's number in `/start invite-NUMBER`: the same, in that campaign."""

LINK_MARK = "link-"
"""Before the code in `/start link-CODE`: another account is to be joined by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """What an answer on Telegram needs besides the chat."""

    bot: str | None = None  # the username that a command was addressed to, as in /top@sayso_bot
    query: str | None = None  # the pressed button's, to be acknowledged
    message: int | None = None  # the message under which the button was


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Somebody looks for something to send, and has typed `text` so far."""

    id: str
    person: Person
    text: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatNews:
    """What an update tells about a chat itself. `bot`: the bot's own standing in it; `moved_to`: its new number."""

    chat: int
    title: str | None = None
    username: str | None = None
    bot: str | None = None
    moved_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """The invitation by which somebody has come into a chat. `creator`: the username of who made it."""

    chat: int
    link: str
    creator: str | None = None
    member_limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One update, translated. All parts may be missing: not every update concerns us."""

    person: Person | None = None
    fact: Fact | None = None
    ask: Ask | None = None
    query: Query | None = None
    chat: ChatNews | None = None
    used: Used | None = None
    at: datetime | None = None


def translate(update: Update, *, received_at: datetime) -> Incoming:
    """Say in our words what the update is. Not every update says when it happened: then it is when it was received."""
    if update.chat_member is not None:
        return _membership(update.chat_member, update.update_id)
    if update.chat_join_request is not None:
        return _join_request(update.chat_join_request, update.update_id)
    if update.my_chat_member is not None:
        return _own_membership(update.my_chat_member)
    if update.callback_query is not None:
        return _button(update.callback_query)
    if update.message is not None:
        return _message(update.message)
    if update.inline_query is not None:
        return _inline_query(update.inline_query, received_at)
    if update.chosen_inline_result is not None:
        return _sent(update.chosen_inline_result, update.update_id, received_at)
    return Incoming()


def person_of(user: User, *, reachable: bool | None = None) -> Person:
    """The user as a person; `reachable` where the update says whether the bot may write to them."""
    return Person(
        account=Account(platform=Platform.TELEGRAM, id=user.id),
        name=shown(" ".join(part for part in (user.first_name, user.last_name) if part)),
        username=user.username,
        language=user.language_code,
        is_bot=user.is_bot,
        reachable=reachable,
    )


def _membership(update: ChatMemberUpdated, order: int) -> Incoming:
    before, after = update.old_chat_member.is_there, update.new_chat_member.is_there
    if before == after:
        return Incoming(chat=_about(update.chat))
    user, at = update.new_chat_member.user, _time(update.date)
    key = f"tg/member/{update.chat.id}/{user.id}/{update.date}/{order}"
    person, invite = person_of(user), update.invite_link.invite_link if update.invite_link else None
    fact: Fact
    if after:
        fact = Joined(key=key, at=at, person=person, chat=update.chat.id, order=order, invite=invite)
    else:
        fact = Left(key=key, at=at, person=person, chat=update.chat.id, order=order)
    return Incoming(person=person, fact=fact, chat=_about(update.chat), used=_used(update) if after else None, at=at)


def _used(update: ChatMemberUpdated) -> Used | None:
    link = update.invite_link
    if link is None:
        return None
    creator = link.creator.username if link.creator else None
    return Used(chat=update.chat.id, link=link.invite_link, creator=creator, member_limit=link.member_limit)


def _join_request(update: ChatJoinRequest, order: int) -> Incoming:
    person, at = person_of(update.from_), _time(update.date)
    key = f"tg/request/{update.chat.id}/{update.from_.id}/{update.date}/{order}"
    invite = update.invite_link.invite_link if update.invite_link else None
    fact = Requested(key=key, at=at, person=person, chat=update.chat.id, order=order, invite=invite)
    return Incoming(person=person, fact=fact, chat=_about(update.chat), at=at)


def _own_membership(update: ChatMemberUpdated) -> Incoming:
    """In a private chat: blocked or unblocked by the person. Elsewhere: what the bot may do there."""
    there = update.new_chat_member.is_there
    if update.chat.type == "private":
        return Incoming(person=person_of(update.from_, reachable=there), at=_time(update.date))
    status = update.new_chat_member.status if there else "absent"
    return Incoming(chat=_about(update.chat, bot=status), at=_time(update.date))


def _button(query: CallbackQuery) -> Incoming:
    what, *args = query.data.split(":")
    chat = query.message.chat if query.message else Chat(id=query.from_.id, type="private")
    private = chat.type == "private"
    ask = Ask(
        what=what,
        args=tuple(args),
        place=chat.id,
        private=private,
        key=f"tg/button/{query.id}",
        pressed=True,
        handle=Handle(query=query.id, message=query.message.message_id if query.message else None),
    )
    return Incoming(person=person_of(query.from_, reachable=True if private else None), ask=ask)


def _inline_query(query: InlineQuery, received_at: datetime) -> Incoming:
    person = person_of(query.from_)
    return Incoming(query=Query(id=query.id, person=person, text=query.query, received_at=received_at))


def _sent(chosen: ChosenInlineResult, update_id: int, received_at: datetime) -> Incoming:
    """A result's name is the code of the link in it."""
    person, name = person_of(chosen.from_), chosen.inline_message_id or f"{chosen.from_.id}/{update_id}"
    fact = Sent(key=f"tg/sent/{name}", at=received_at, person=person, code=chosen.result_id, channel="telegram")
    return Incoming(person=person, fact=fact, at=received_at)


def _message(message: Message) -> Incoming:
    if message.migrate_to_chat_id is not None:
        return Incoming(chat=ChatNews(chat=message.chat.id, moved_to=message.migrate_to_chat_id))
    if message.migrate_from_chat_id is not None:  # the same, told in the new chat: either may come first
        return Incoming(chat=ChatNews(chat=message.migrate_from_chat_id, moved_to=message.chat.id))
    if message.from_ is None or message.from_.is_bot or message.sender_chat is not None:
        return Incoming(chat=_about(message.chat) if message.chat.type != "private" else None)
    if message.chat.type == "private":
        return _private(message, message.from_)
    return _in_group(message, message.from_)


def _private(message: Message, user: User) -> Incoming:
    person, at = person_of(user, reachable=True), _time(message.date)
    key = f"tg/message/{message.chat.id}/{message.message_id}"
    if not message.is_written and message.users_shared is None:  # pinned something, or the like
        return Incoming(person=person, at=at)
    what, args, _ = _command(message)
    if message.users_shared is not None:
        what = "claim_picked"
        args = (str(message.users_shared.request_id), *(str(shared.user_id) for shared in message.users_shared.users))
    fact: Fact | None = None
    if what == "start" and args == (GET_LINK,):
        what, args = "invite", ()
    if what == "start" and args and args[0].startswith(INVITE_MARK):
        what, args = "invite", (args[0].removeprefix(INVITE_MARK),)
    if what == "start" and args and args[0].startswith(LINK_MARK):
        what, args = "link", (args[0].removeprefix(LINK_MARK),)
    if what == "start" and args:
        code, _, channel = args[0].partition(CHANNEL_MARK)
        known = channel if channel in CHANNELS else None  # it may be typed by hand: anything at all
        fact = Started(key=key, at=at, person=person, code=code, channel=known)
    elif what is None:
        fact = share(message, person, key)
    ask = Ask(what=what or "other", args=args, place=message.chat.id, private=True, key=key, handle=Handle())
    return Incoming(person=person, fact=fact, ask=None if isinstance(fact, Shared) else ask, at=at)


def _in_group(message: Message, user: User) -> Incoming:
    person, at = person_of(user), _time(message.date)
    if not message.is_written:  # who came and went is told better by chat_member
        return Incoming(chat=_about(message.chat))
    key = f"tg/message/{message.chat.id}/{message.message_id}"
    fact = share(message, person, key) or Spoke(key=key, at=at, person=person, chat=message.chat.id)
    what, args, bot = _command(message)
    about = _about(message.chat)
    if what is None:
        return Incoming(person=person, fact=fact, chat=about, at=at)
    named, handle = bot is not None, Handle(bot=bot)
    ask = Ask(what=what, args=args, place=message.chat.id, private=False, key=key, named=named, handle=handle)
    return Incoming(person=person, fact=fact, ask=ask, chat=about, at=at)


def _command(message: Message) -> tuple[str | None, tuple[str, ...], str | None]:
    """The command at the message's start, as Telegram marked it; what follows it; and the bot it names, if any."""
    first = message.entities[0] if message.entities else None
    if message.text is None or first is None or first.type != "bot_command" or first.offset != 0:
        return None, (), None
    name, _, bot = message.text[1 : first.length].lower().partition("@")
    return name, said(name, message.text[first.length :]), bot or None


def _about(chat: Chat, *, bot: str | None = None) -> ChatNews:
    return ChatNews(chat=chat.id, title=chat.title, username=chat.username, bot=bot)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

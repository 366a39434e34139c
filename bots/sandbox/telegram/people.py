"""People, and what they do in their apps. What Telegram would not let them do raises `ImpossibleError`."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from bots.sandbox.telegram.belonging import Belonging
from bots.sandbox.telegram.chats import Chat, Member
from bots.sandbox.telegram.errors import ImpossibleError
from bots.sandbox.telegram.inline import InlineQuery, Tap
from bots.sandbox.telegram.messages import Message, delete, edited, origin, plain, post, replied
from bots.sandbox.telegram.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.telegram.world import TelegramWorld

Json = dict[str, Any]


@dataclass(kw_only=True, eq=False, repr=False)
class Person(Belonging, User):
    """A person with Telegram on their phone. Make one with `TelegramWorld.user`."""

    world: TelegramWorld
    received: deque[Message] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.received = deque(maxlen=self.world.history)

    @property
    def inbox(self) -> list[Message]:
        """What bots have written to this person in private, oldest first, as it reads now."""
        return [message for message in self.received if not message.deleted]

    def inbox_from(self, bot: Bot) -> list[Message]:
        return [message for message in self.inbox if message.author is bot]

    def sees(self, chat: Chat) -> list[Message]:
        """The messages in a chat, oldest first; a private chat is for members only."""
        self._must_see(chat)
        return list(chat.messages.values())

    # Talking

    def start(self, bot: Bot, payload: str = "") -> Message:
        """Open t.me/<bot>?start=<payload> and press Start."""
        if len(payload) > 64:
            raise ImpossibleError("a start payload has at most 64 characters")
        if self.world.private(bot, self).blocked:
            self.unblocks(bot)
        return self.says(bot, f"/start {payload}".strip())

    def says(self, where: Chat | Bot, text: str, *, reply_to: Message | None = None, **content: Any) -> Message:
        """Write into a chat, or to a bot; `content` adds fields such as `photo` and `caption`."""
        chat = self._open(where)
        fields = plain(text) if text else {}
        if reply_to:
            fields["reply_to_message"] = replied(reply_to)
        return post(self.world, chat, self, fields | content)

    def starts_in(self, chat: Chat, bot: Bot, payload: str = "", *, admin: bool = False) -> Message:
        """Open t.me/<bot>?startgroup=<payload>: add the bot, with rights if the link asks for them, and start it."""
        if admin:
            self.promotes(bot, chat)
        elif not chat.has(bot):
            self.adds(bot, chat)
        return self.says(chat, f"/start@{bot.username} {payload}".strip())

    def edits(self, message: Message, text: str) -> None:
        self._must_be_own(message)
        message.content = message.content | {"entities": []} | plain(text)
        edited(self.world, message)

    def deletes(self, message: Message) -> None:
        self._must_be_own(message)
        delete(self.world, message)

    def forwards(self, message: Message, to: Chat | Bot) -> Message:
        """Forward a message. Only bots that can read the chat it lands in ever hear of it."""
        self._must_see(message.chat)
        if message.content.get("has_protected_content"):
            raise ImpossibleError("this message may not be forwarded")
        return self._forward(message, self._open(to))

    def forwards_album(self, message: Message, to: Chat | Bot) -> list[Message]:
        """Forward an album as a whole, of which this is one message; they arrive one by one, as an album again."""
        self._must_see(message.chat)
        group = message.content.get("media_group_id")
        album = [one for one in message.chat.messages.values() if group and one.content.get("media_group_id") == group]
        if not album:
            raise ImpossibleError("this message is not part of an album")
        arrives_as, place = self.world.secret(17), self._open(to)
        return [self._forward(one, place, media_group_id=arrives_as) for one in album]

    def _forward(self, message: Message, place: Chat, **more: str) -> Message:
        left_behind = ("reply_to_message", "media_group_id")
        kept = {name: value for name, value in message.content.items() if name not in left_behind}
        return post(self.world, place, self, kept | {"forward_origin": origin(message)} | more)

    def shares_users(self, bot: Bot, users: Sequence[User], *, request_id: int = 1) -> Message:
        """Pick people with the bot's "request users" button."""
        shared = {"request_id": request_id, "users": [{"user_id": user.id} for user in users]}
        return post(self.world, self._open(bot), self, {"users_shared": shared})

    def shares_chat(self, bot: Bot, chat: Chat, *, request_id: int = 1) -> Message:
        """Pick a chat with the bot's "request chat" button."""
        shared = {"request_id": request_id, "chat_id": chat.id}
        return post(self.world, self._open(bot), self, {"chat_shared": shared})

    # Buttons, links and inline mode

    def taps(self, message: Message, button: str) -> Tap:
        """Press the button with this text or callback data; one that opens a link is for `opens`."""
        self._must_see(message.chat)
        if message.deleted:
            raise ImpossibleError("this message has been deleted")
        for found in message.buttons:
            if button in (found["text"], found.get("callback_data")) and "callback_data" in found:
                return self.world.inline.tap(self, message, found["callback_data"])
        raise ImpossibleError(f"there is no button {button!r} to call back among {message.buttons}")

    def opens(self, url: str) -> Message | Chat | None:
        """Follow a t.me link: press Start at a bot, join by an invite link (or ask to), look at a public chat."""
        parts = urlsplit(url)
        if parts.hostname not in ("t.me", "telegram.me"):
            raise ImpossibleError(f"{url} is not Telegram's; open it in a browser")
        name = parts.path.strip("/")
        if name.startswith("+"):
            return self._opens_invite(f"https://t.me/{name}")
        found = self.world.named(name)
        if isinstance(found, Bot):
            return self.start(found, parse_qs(parts.query).get("start", [""])[0])
        return found if isinstance(found, Chat) else None

    def asks(self, bot: Bot, text: str = "", *, chat: Chat | None = None, offset: str = "") -> InlineQuery:
        """Type "@bot text" in some chat; the bot's results appear in the answer's `results`."""
        return self.world.inline.ask(self, bot, text, chat, offset)

    def picks(self, query: InlineQuery, result_id: str, *, to: Chat | Bot) -> Message:
        """Choose one of the results of an inline query and so send it."""
        result = next((one for one in query.results or [] if str(one["id"]) == result_id), None)
        if result is None:
            raise ImpossibleError(f"there is no result {result_id!r} in {query.results}")
        return self.world.inline.send(self, query.bot, result, self._open(to), query.text)

    def shares_prepared(self, prepared_id: str, *, to: Chat | Bot) -> Message:
        """Share a prepared message from a mini app (`shareMessage`)."""
        prepared = self.world.inline.prepared.get(prepared_id)
        if prepared is None or prepared.person_id != self.id or prepared.expires_at <= self.world.time():
            raise ImpossibleError("this prepared message is unknown, expired or somebody else's")
        chat = self._open(to)
        if not prepared.fits(chat):
            raise ImpossibleError(f"this prepared message is not allowed in a {chat.kind} chat")
        return self.world.inline.send(self, prepared.bot, prepared.result, chat, "")

    # Bots in private

    def blocks(self, bot: Bot) -> None:
        """Stop the bot from writing; it is told by my_chat_member."""
        self._private_status(bot, blocked=True)

    def unblocks(self, bot: Bot) -> None:
        self._private_status(bot, blocked=False)

    def deletes_account(self) -> None:
        """From now on every message to this person is refused."""
        self.deactivated = True

    # Underneath

    def _private_status(self, bot: Bot, *, blocked: bool) -> None:
        chat = self.world.private(bot, self)
        if chat.blocked == blocked:
            raise ImpossibleError(f"{bot} is {'already' if blocked else 'not'} blocked by {self}")
        chat.blocked = blocked
        member, banned = Member(user=bot, status="member"), Member(user=bot, status="kicked")
        old, new = (member, banned) if blocked else (banned, member)
        update = {
            "chat": chat.json(),
            "from": self.json(),
            "date": int(self.world.time()),
            "old_chat_member": old.json(chat),
            "new_chat_member": new.json(chat),
        }
        bot.updates.put("my_chat_member", update, f"user {self.id}")
        self.world.changed.beat()

    def _open(self, where: Chat | Bot) -> Chat:
        """The chat to write into; writing to a bot opens the chat with it."""
        if isinstance(where, Bot):
            where = self.world.private(where, self)
        if where.kind == "private":
            if where.person is not self:
                raise ImpossibleError("this is somebody else's chat")
            if where.blocked:
                raise ImpossibleError(f"{self} has blocked this bot and must unblock it first")
            where.opened = True
        elif where.migrated_to:
            raise ImpossibleError("this group has become a supergroup")
        elif not where.member(self).may_speak() or (where.kind == "channel" and not where.member(self).runs_it):
            raise ImpossibleError(f"{self} may not write into {where.title!r}")
        return where

    def _must_see(self, chat: Chat) -> None:
        if not (chat.is_public or chat.has(self) or chat.person is self):
            raise ImpossibleError(f"{self} is not in {chat.title!r}")

    def _must_be_own(self, message: Message) -> None:
        if message.author is not self or message.deleted:
            raise ImpossibleError("only one's own messages, while they are there")

    def _opens_invite(self, url: str) -> Chat:
        chat = next((chat for chat in self.world.chats.values() if url in chat.links), None)
        if chat is None:
            raise ImpossibleError(f"{url} leads nowhere")
        if chat.links[url].creates_join_request:
            self.asks_to_join(chat, url)
        else:
            self.joins(chat, url)
        return chat

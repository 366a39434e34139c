"""Messages: what they hold, who gets to see them, and which bots hear of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bots.sandbox.telegram.chats import Chat
from bots.sandbox.telegram.entities import found_in
from bots.sandbox.telegram.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.telegram.world import TelegramWorld

Json = dict[str, Any]

SERVICE = frozenset(
    [
        "new_chat_members",
        "left_chat_member",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "group_chat_created",
        "users_shared",
        "chat_shared",
        "new_chat_title",
        "pinned_message",
    ]
)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Message:
    """One message. `content` holds its other fields in the Bot API's words: text, entities, photo, caption …"""

    id: int
    chat: Chat
    author: User
    date: int
    content: Json = field(default_factory=dict)
    reply_markup: Json | None = None
    edit_date: int | None = None
    deleted: bool = False
    inline_id: str | None = None

    def __repr__(self) -> str:
        return f"<Message {self.id} in {self.chat.id} by {self.author}: {self.text!r}>"

    @property
    def sender(self) -> User | None:
        """Who is shown as having said it; nobody in a channel, which speaks for itself."""
        return None if self.chat.kind == "channel" else self.author

    @property
    def text(self) -> str:
        """What there is to read: the text, or the caption under a picture."""
        return str(self.content.get("text") or self.content.get("caption") or "")

    @property
    def media(self) -> str | None:
        """What there is to look at: photo, video, document or animation."""
        return next((kind for kind in ("photo", "video", "document", "animation") if kind in self.content), None)

    @property
    def buttons(self) -> list[Json]:
        """All inline buttons, row after row."""
        rows = (self.reply_markup or {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]

    @property
    def is_service(self) -> bool:
        return not SERVICE.isdisjoint(self.content)

    def url(self, text: str) -> str:
        """Where the button with this text leads."""
        return next(str(button["url"]) for button in self.buttons if button["text"] == text)

    def json(self) -> Json:
        author: Json = {"sender_chat": self.chat.json()} if self.sender is None else {"from": self.sender.json()}
        base: Json = {"message_id": self.id, "date": self.date, "chat": self.chat.json()}
        edited = {"edit_date": self.edit_date} if self.edit_date is not None else {}
        inline = self.reply_markup and "inline_keyboard" in self.reply_markup
        markup = {"reply_markup": self.reply_markup} if inline else {}
        return base | author | edited | self.content | markup


def post(world: TelegramWorld, chat: Chat, author: User, content: Json, *, reply_markup: Json | None = None) -> Message:
    """Put a message into a chat and tell everybody who may know."""
    message = Message(
        id=chat.next_message_id,
        chat=chat,
        author=author,
        date=int(world.time()),
        content=content,
        reply_markup=reply_markup,
    )
    chat.next_message_id += 1
    chat.remember(message, most=world.history)
    if isinstance(author, Bot):
        chat.last_bot = author
        if chat.person:
            chat.person.received.append(message)
    _tell_bots(message, "channel_post" if chat.kind == "channel" else "message")
    world.changed.beat()
    return message


def edited(world: TelegramWorld, message: Message) -> None:
    """Let it be known that a message has changed."""
    message.edit_date = int(world.time())
    kind = "edited_channel_post" if message.chat.kind == "channel" else "edited_message"
    _tell_bots(message, kind)
    world.changed.beat()


def delete(world: TelegramWorld, message: Message) -> None:
    """Take a message away; bots hear nothing of it."""
    message.deleted = True
    message.chat.messages.pop(message.id, None)
    world.changed.beat()


def plain(text: str) -> Json:
    """Text as a person types it."""
    entities = found_in(text)
    return {"text": text} | ({"entities": entities} if entities else {})


def replied(message: Message) -> Json:
    """A message as shown above the reply to it: one level deep."""
    shown = message.json()
    shown.pop("reply_to_message", None)
    return shown


def origin(message: Message) -> Json:
    """Who first said it, as a forward tells."""
    first: Mapping[str, Any] | None = message.content.get("forward_origin")
    if first:
        return dict(first)
    if message.sender is None:
        return {
            "type": "channel",
            "date": message.date,
            "chat": message.chat.json(),
            "message_id": message.id,
        }
    if message.sender.hides_forwards:
        return {
            "type": "hidden_user",
            "date": message.date,
            "sender_user_name": message.sender.first_name,
        }
    return {"type": "user", "date": message.date, "sender_user": message.sender.json()}


def copied(message: Message) -> Json:
    """What a copy of the message holds: no trace of where it came from."""
    left_behind = {"forward_origin", "reply_to_message", "via_bot", "media_group_id", "has_protected_content"}
    return {name: value for name, value in message.content.items() if name not in left_behind}


def _tell_bots(message: Message, kind: str) -> None:
    for bot in message.chat.bots():
        if (bot is not message.author or message.is_service) and _hears(bot, message):
            bot.updates.put(kind, message.json(), f"chat {message.chat.id}")


def _hears(bot: Bot, message: Message) -> bool:
    """Privacy mode: in groups a plain bot hears only what is meant for it. Bots do not hear each other."""
    chat = message.chat
    if not chat.is_group or message.is_service:
        return True
    if isinstance(message.sender, Bot):
        return False
    return bot.reads_all or chat.member(bot).runs_it or _meant_for(bot, message)


def _meant_for(bot: Bot, message: Message) -> bool:
    reply = message.content.get("reply_to_message", {})
    if bot.id in (reply.get("from", {}).get("id"), message.content.get("via_bot", {}).get("id")):
        return True
    command = message.text.split(maxsplit=1)[0] if message.text.startswith("/") else ""
    _, at, addressee = command.partition("@")
    if at:
        return addressee.lower() == (bot.username or "").lower()
    return bool(command) and message.chat.last_bot in (bot, None)

"""What goes into the outbox for the Telegram door: messages, answers to pressed buttons, and how the bot talks here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from bots.talk.ask import Ask
from bots.talk.kit import Kit
from bots.talk.welcome import Welcome
from bots.talk.words import Rows
from bots.telegram.kit import offer
from bots.telegram.receive import SOURCE
from bots.telegram.ways import Ways
from core.campaign.values import Platform
from core.chats import Chat
from core.outbox import Outgoing

LONGEST = 4096
"""Telegram's limit for one message."""


@dataclass(frozen=True, slots=True)
class TelegramVoice:
    """The conversation as it is held on Telegram."""

    ways: Ways
    platform: ClassVar[Platform] = Platform.TELEGRAM
    longest: ClassVar[int] = LONGEST

    def is_meant(self, ask: Ask) -> bool:
        """Whether this bot is asked: in a group, a command may name another one."""
        return ask.handle.bot in (None, self.ways.username.lower())

    def say(
        self, ask: Ask, message: str, *, key: str, now: datetime, buttons: Rows | None = None, edits: bool = False
    ) -> Outgoing:
        content: dict[str, Any] = {"text": message, "buttons": buttons or []}
        if not edits or ask.handle.message is None:
            return _outgoing(ask.place, "say", content, key, now)
        return _outgoing(ask.place, "edit", {**content, "message_id": ask.handle.message}, key, now)

    def welcome(self, ask: Ask, welcome: Welcome, *, key: str, now: datetime) -> Outgoing:
        content = {
            "language": welcome.language,
            "text": welcome.text,
            "chats": [_place(chat) for chat in welcome.places],
            "elsewhere": [[chat.title, self.ways.elsewhere(welcome.code)] for chat in welcome.elsewhere],
            "code": welcome.code,
            "campaign": welcome.campaign,
        }
        return _outgoing(ask.place, "welcome", content, key, now)

    def kit(self, ask: Ask, kit: Kit, *, key: str, now: datetime) -> Outgoing:
        """Where its page can be opened within Telegram, it gets a message to send; that must be prepared at last."""
        message, buttons, page = kit.message(self.ways.link(kit.code)), kit.rows(self.ways), self.ways.kit(kit.code)
        if page is None or not page.startswith("https://") or not self.ways.inline:
            return self.say(ask, message, key=key, now=now, buttons=buttons)
        content = {"text": message, "buttons": buttons, "page": page, "offer": offer(kit, self.ways)}
        return _outgoing(ask.place, "kit", content, key, now)


def inline_answer(person: int, content: dict[str, Any], *, key: str, now: datetime) -> Outgoing:
    """What somebody who types the bot's name in whatever chat may send there."""
    return _outgoing(person, "inline", content, key, now)


def acknowledge(query: str, *, key: str, now: datetime, chat: int) -> Outgoing:
    """Tell Telegram that a pressed button was heard, so that it stops turning."""
    return _outgoing(chat, "answer", {"callback_query_id": query}, f"{key}/heard", now)


def _place(chat: Chat) -> dict[str, Any]:
    return {"chat_id": chat.id, "native_id": chat.native_id, "title": chat.title, "username": chat.username}


def _outgoing(chat: int, kind: str, content: dict[str, Any], key: str, now: datetime) -> Outgoing:
    return Outgoing(key=key, door=SOURCE, address=chat, kind=kind, content=content, due_at=now)

"""What goes into the outbox for the Telegram door: messages, buttons, and answers to pressed buttons."""

import re
from collections.abc import Iterable
from datetime import datetime
from html import escape, unescape
from typing import Any, TypeAlias

from bots.telegram.receive import SOURCE
from bots.texts import text
from core.outbox import Outgoing

Button: TypeAlias = dict[str, Any]
"""`text`, and one of `url`, `web_app`, `data`, `copy`, `inline`, `request_user`."""

Rows: TypeAlias = list[list[Button]]


LONGEST = 4096
"""Telegram's limit for one message."""


def worded(language: str, key: str, **values: Any) -> str:
    """The catalogue's text as Telegram HTML, with every value that somebody else wrote made harmless."""
    safe = {name: escape(value, quote=False) if isinstance(value, str) else value for name, value in values.items()}
    return text(language, key, **safe)


def pages(parts: Iterable[str]) -> list[str]:
    """These paragraphs as messages, as few as Telegram's limit allows. A paragraph is never cut."""
    found: list[str] = []
    for part in filter(None, parts):
        together = f"{found[-1]}\n\n{part}" if found else part
        if found and _units(together) <= LONGEST:
            found[-1] = together
        else:
            found.append(part)
    return found


def _units(message: str) -> int:
    """The length that Telegram counts: UTF-16 units, without the markup."""
    return len(unescape(re.sub(r"</?[a-z]+>", "", message)).encode("utf-16-le")) // 2


def button(language: str, key: str, data: str, **values: Any) -> Button:
    """A button that comes back to us with `data` (64 bytes at most)."""
    return {"text": text(language, f"button.{key}", **values), "data": data}


def say(
    chat: int, message: str, *, key: str, now: datetime, buttons: Rows | None = None, edits: int | None = None
) -> Outgoing:
    """A message; with `edits`, in place of the one with that number."""
    content: dict[str, Any] = {"text": message, "buttons": buttons or []}
    if edits is not None:
        content["message_id"] = edits
    return _outgoing(chat, "say" if edits is None else "edit", content, key, now)


def welcome(chat: int, content: dict[str, Any], *, key: str, now: datetime) -> Outgoing:
    """A message with a button into each chat; the sender makes the private invitations that it needs."""
    return _outgoing(chat, "welcome", content, key, now)


def share_kit(chat: int, content: dict[str, Any], *, key: str, now: datetime) -> Outgoing:
    """The share kit; the sender prepares the message that its page sends."""
    return _outgoing(chat, "kit", content, key, now)


def inline_answer(person: int, content: dict[str, Any], *, key: str, now: datetime) -> Outgoing:
    """What somebody who types the bot's name in whatever chat may send there."""
    return _outgoing(person, "inline", content, key, now)


def acknowledge(query: str, *, key: str, now: datetime, chat: int) -> Outgoing:
    """Tell Telegram that a pressed button was heard, so that it stops turning."""
    return _outgoing(chat, "answer", {"callback_query_id": query}, f"{key}/heard", now)


def _outgoing(chat: int, kind: str, content: dict[str, Any], key: str, now: datetime) -> Outgoing:
    return Outgoing(key=key, door=SOURCE, address=chat, kind=kind, content=content, due_at=now)

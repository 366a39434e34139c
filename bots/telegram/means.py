"""What every kind of delivery works with, and the one way to post a message."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

from telegram import Bot, LinkPreviewOptions
from telegram.constants import ParseMode

from bots.exchange.errors import HeldError
from bots.telegram.errors import in_our_words
from bots.telegram.keyboards import keyboard
from bots.telegram.pace import Pace
from core.clock import Clock
from core.database import Database


@dataclass(frozen=True, slots=True)
class Means:
    db: Database
    clock: Clock
    bot: Bot
    pace: Pace
    held: dict[int, tuple[datetime, HeldError]] = field(default_factory=dict)
    """Chats into which nobody can be invited, until when nobody tries again, and why."""
    _inviting: WeakValueDictionary[tuple[str, int], asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def inviting(self, code: str, chat_id: int) -> asyncio.Lock:
        """Held by whoever makes the invitation for this code into this chat."""
        return self._inviting.setdefault((code, chat_id), asyncio.Lock())


async def post(bot: Bot, chat: int, content: Mapping[str, Any]) -> None:
    """Post a message: `text` in HTML, `buttons`, and with `preview` a preview of the first link in it."""
    with in_our_words(chat):
        await bot.send_message(
            chat,
            content["text"],
            parse_mode=ParseMode.HTML,
            link_preview_options=LinkPreviewOptions(is_disabled=not content.get("preview")),
            reply_markup=keyboard(content),
        )

"""The addresses by which people come to this bot, and to our own pages."""

from dataclasses import dataclass
from typing import ClassVar

from telegram.constants import InlineKeyboardButtonLimit
from telegram.helpers import create_deep_linked_url

from bots.talk.ways import Pages

CHANNEL_MARK = "_"
"""In `/start CODE_whatsapp` it stands between the code and the channel it was shared in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways(Pages):
    """`inline`: whether the bot's inline mode is on."""

    username: str
    inline: bool = False
    longest_url: ClassVar[int] = 2000  # Telegram names no limit, and refuses the whole message beyond its own
    longest_copy: ClassVar[int] = InlineKeyboardButtonLimit.MAX_COPY_TEXT

    @property
    def into_bot(self) -> str:
        """Opens the bot, as somebody who has not come through a link."""
        return f"https://t.me/{self.username}?start"

    def link(self, code: str, channel: str | None = None) -> str:
        """The address to pass on, or its variant for a channel: our own page if there is one, else into the bot."""
        return self.page("r", code, *([channel] if channel else [])) or self.into_the_bot(code, channel)

    def into_the_bot(self, code: str, channel: str | None = None) -> str:
        """The address that opens the bot with this code."""
        return create_deep_linked_url(self.username, f"{code}{CHANNEL_MARK}{channel}" if channel else code)

    def pressed(self, code: str, channel: str) -> str:
        """The variant as a button may carry it."""
        return self.link(code, channel) if self.is_pressable else self.into_the_bot(code, channel)

"""The addresses by which people come to this bot, and to our own pages."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from telegram.constants import InlineKeyboardButtonLimit
from telegram.helpers import create_deep_linked_url

CHANNEL_MARK = "_"
"""In `/start CODE_whatsapp` it stands between the code and the channel it was shared in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """`public_url`: our own pages, where the world can reach them. `inline`: whether the bot's inline mode is on."""

    username: str
    public_url: str | None = None
    inline: bool = False
    longest_url: ClassVar[int] = 2000  # Telegram names no limit, and refuses the whole message beyond its own
    longest_copy: ClassVar[int] = InlineKeyboardButtonLimit.MAX_COPY_TEXT

    @property
    def into_bot(self) -> str:
        """Opens the bot, as somebody who has not come through a link."""
        return f"https://t.me/{self.username}?start"

    def link(self, code: str, channel: str | None = None) -> str:
        """The address to pass on, or its variant for a channel: our own page if there is one, else into the bot."""
        if self.public_url is not None:
            return "/".join([self.public_url.rstrip("/"), "r", code, *([channel] if channel else [])])
        return self.into_the_bot(code, channel)

    def into_the_bot(self, code: str, channel: str | None = None) -> str:
        """The address that opens the bot with this code."""
        return create_deep_linked_url(self.username, f"{code}{CHANNEL_MARK}{channel}" if channel else code)

    def pressed(self, code: str, channel: str) -> str:
        """The variant as a button may carry it."""
        return self.link(code, channel) if self._is_pressable else self.into_the_bot(code, channel)

    def kit(self, code: str) -> str | None:
        """The page of the share kit; None where no button can lead there."""
        return f"{self.link(code)}/kit" if self._is_pressable else None

    def elsewhere(self, code: str) -> str | None:
        """The page that leads into communities on other messengers; None where no button can lead there."""
        return self.link(code) if self._is_pressable else None

    def linking(self, code: str) -> str | None:
        """The page where another account is joined by this code."""
        return f"{self.public_url.rstrip('/')}/link/{code}" if self.public_url is not None else None

    @property
    def _is_pressable(self) -> bool:
        """Whether Telegram takes our pages' address on a button: `http://localhost` it does not."""
        return self.public_url is not None and "." in (urlsplit(self.public_url).hostname or "")

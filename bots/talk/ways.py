"""The addresses by which people come, as a door knows them."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit


class Ways(Protocol):
    @property
    def inline(self) -> bool:
        """Whether the messenger lets members send something of the bot's from within any chat."""

    @property
    def longest_url(self) -> int:
        """How long the address of a button may be."""

    @property
    def longest_copy(self) -> int:
        """How long a text may be that a button copies; 0 where none can."""

    @property
    def into_bot(self) -> str | None:
        """Where the bot can be written to in private, if there is such an address."""

    def link(self, code: str, channel: str | None = None) -> str | None:
        """The address to pass on, or its variant for a channel; None where the sender has to make it first."""

    def pressed(self, code: str, channel: str) -> str | None:
        """The variant as a button may carry it."""

    def kit(self, code: str) -> str | None:
        """The page of the share kit; None where no button can lead there."""

    def elsewhere(self, code: str) -> str | None:
        """The page that leads into communities on other messengers; None where no button can lead there."""

    def linking(self, code: str) -> str | None:
        """The page where another account is joined by this code; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Our own pages. `public_url`: the address that the world knows them by, if there is one."""

    public_url: str | None = None

    def page(self, *parts: str) -> str | None:
        """The address of a page."""
        return None if self.public_url is None else "/".join([self.public_url.rstrip("/"), *parts])

    def kit(self, code: str) -> str | None:
        """The page of the share kit; None where no button can lead there."""
        return self.page("r", code, "kit") if self.is_pressable else None

    def elsewhere(self, code: str) -> str | None:
        """The page that leads into communities on other messengers; None where no button can lead there."""
        return self.page("r", code) if self.is_pressable else None

    def linking(self, code: str) -> str | None:
        """The page where another account is joined by this code."""
        return self.page("link", code)

    @property
    def is_pressable(self) -> bool:
        """Whether messengers take our pages' address on a button: `http://localhost` is none for others."""
        return "." in (urlsplit(self.public_url or "").hostname or "")

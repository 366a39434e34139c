"""The addresses by which people come: our own pages, or an advocate's own invite where there are none."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from bots.discord.components import LONGEST_URL

INVITE = "https://discord.gg/{code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """`public_url`: our own pages, where the world can reach them; without it, the sender has to make an invite."""

    public_url: str | None = None
    inline: bool = False
    longest_url: int = LONGEST_URL
    longest_copy: int = 0
    into_bot: str | None = None

    def link(self, code: str, channel: str | None = None) -> str | None:
        """The address to pass on, or its variant for a channel."""
        return None if self.public_url is None else self._page("r", code, *([channel] if channel else []))

    def pressed(self, code: str, channel: str) -> str | None:
        """The variant as a button may carry it."""
        return self.link(code, channel) if self._is_pressable else None

    def kit(self, code: str) -> str | None:
        """The page of the share kit; None where no button can lead there."""
        return self._page("r", code, "kit") if self._is_pressable else None

    def elsewhere(self, code: str) -> str | None:
        """The page that leads into communities on other messengers; None where no button can lead there."""
        return self._page("r", code) if self._is_pressable else None

    def linking(self, code: str) -> str | None:
        """The page where another account is joined by this code."""
        return None if self.public_url is None else self._page("link", code)

    def into(self, code: str) -> str | None:
        """What stands before a community's name in the address of the road straight into it."""
        return self._page("in", code) if self._is_pressable else None

    def _page(self, *parts: str) -> str:
        return "/".join([(self.public_url or "").rstrip("/"), *parts])

    @property
    def _is_pressable(self) -> bool:
        """`http://localhost` is no address for others."""
        return self.public_url is not None and "." in (urlsplit(self.public_url).hostname or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteWays:
    """One invite, whatever it is given out for: which channel it came through, nobody can tell."""

    invite: str
    inline: bool = False
    longest_url: int = LONGEST_URL
    longest_copy: int = 0
    into_bot: str | None = None

    def link(self, code: str, channel: str | None = None) -> str | None:
        return self.invite

    def pressed(self, code: str, channel: str) -> str | None:
        return self.invite

    def kit(self, code: str) -> str | None:
        return None

    def elsewhere(self, code: str) -> str | None:
        return None

    def linking(self, code: str) -> str | None:
        return None

"""The addresses by which people come: our own pages, or an advocate's own invite where there are none."""

from dataclasses import dataclass

from bots.discord.components import LONGEST_URL
from bots.talk.ways import Pages

INVITE = "https://discord.gg/{code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways(Pages):
    """Without pages of our own, the sender has to make an invite."""

    inline: bool = False
    longest_url: int = LONGEST_URL
    longest_copy: int = 0
    into_bot: str | None = None

    def link(self, code: str, channel: str | None = None) -> str | None:
        """The address to pass on, or its variant for a channel."""
        return self.page("r", code, *([channel] if channel else []))

    def pressed(self, code: str, channel: str) -> str | None:
        """The variant as a button may carry it."""
        return self.link(code, channel) if self.is_pressable else None

    def into(self, code: str) -> str | None:
        """What stands before a community's name in the address of the road straight into it."""
        return self.page("in", code) if self.is_pressable else None


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

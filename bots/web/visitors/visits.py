"""What one request is, and whether it may count as a click."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from bots.web.visitors.agents import agent
from bots.web.visitors.kinds import Agent, Kind, Source
from bots.web.visitors.sources import referrer


class Uncounted(StrEnum):
    """Why a request can never be a click."""

    METHOD = "method"  # HEAD, and anything but GET
    PREFETCH = "prefetch"  # fetched ahead, in case somebody looks
    EMPTY = "empty"  # no user agent
    PREVIEW = "preview"
    IMAGE_PROXY = "image_proxy"
    MACHINE = "machine"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. A person's counts as a candidate for a click, to be confirmed by what happens next."""

    agent: Agent
    source: Source
    uncounted: Uncounted | None = None

    @property
    def counts(self) -> bool:
        """Whether it may be a click."""
        return self.uncounted is None

    @property
    def channel(self) -> str | None:
        """A hint at the channel it came by: the app it is inside of, else the referrer's."""
        return None


def visit(headers: Mapping[str, str], *, method: str = "GET", own: AbstractSet[str] = frozenset()) -> Visit:
    """What this request is. `headers` is read without regard to case if it is aiohttp's."""
    return Visit(agent(headers.get("User-Agent", "")), referrer(headers.get("Referer", ""), own))

"""What one request is, and whether it may count as a click."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import NamedTuple

from bots.web.visitors.agents import agent
from bots.web.visitors.apps import channel_of
from bots.web.visitors.kinds import Agent, Kind, Source
from bots.web.visitors.sources import referrer


class Uncounted(StrEnum):
    """Why a request can never be a click."""

    METHOD = "method"  # HEAD, and anything else but GET
    PREFETCH = "prefetch"  # fetched ahead, in case somebody looks
    EMBEDDED = "embedded"  # asked for as an image, a frame or a script of another page
    EMPTY = "empty"  # no user agent
    PREVIEW = "preview"
    IMAGE_PROXY = "image_proxy"
    MACHINE = "machine"
    CLIENT = "client"  # an app's network code, which shows nobody a page


AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
"""Headers that say a page is fetched ahead: browsers' own, and older ones of Facebook, Safari and Firefox."""
_AHEAD_WORDS = ("prefetch", "prerender", "preview")


class Visit(NamedTuple):
    """One request. A person's is a candidate for a click, to be confirmed by what happens next."""

    agent: Agent
    source: Source
    uncounted: Uncounted | None = None

    @property
    def counts(self) -> bool:
        """Whether it may be a click."""
        return self.uncounted is None

    @property
    def wants_card(self) -> bool:
        """Whether it is answered with the link's card rather than sent on."""
        return self.agent.kind is Kind.PREVIEW

    @property
    def channel(self) -> str | None:
        """A hint at the channel it came by: the app it is inside of, or else the referrer's. The link knows better."""
        app = self.agent.app
        return self.source.channel if app is None else channel_of(app)


def visit(headers: Mapping[str, str], *, method: str = "GET", own: AbstractSet[str] = frozenset()) -> Visit:
    """What this request is. Names in `headers` are spelled as browsers do, unless it ignores case as aiohttp's does."""
    sender = agent(headers.get("User-Agent", ""))
    return Visit(sender, referrer(headers.get("Referer", ""), own), _uncounted(sender, headers, method))


def _uncounted(sender: Agent, headers: Mapping[str, str], method: str) -> Uncounted | None:
    if method != "GET":
        return Uncounted.METHOD
    if not sender.person:
        return Uncounted(sender.kind.value)
    for name in AHEAD:
        if (value := headers.get(name)) and any(word in value.lower() for word in _AHEAD_WORDS):
            return Uncounted.PREFETCH
    return Uncounted.EMBEDDED if headers.get("Sec-Fetch-Dest", "document") not in ("document", "") else None

"""What a campaign promises, as plain values: no file, no table, no platform library.

`campaigns/` makes these from an organizer's YAML; a version of them is stored whole, so that a friend keeps the rules
that held when they arrived. Every value can be written as JSON and read back (msgspec); a key that a later version of
Sayso adds needs a default, so that stored campaigns stay readable.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

import msgspec

Text: TypeAlias = dict[str, str]
"""One text in several languages, by language code; the key `*` holds a text that was given without a language."""


def in_language(text: Text, language: str) -> str:
    """The text in that language; else the one for every language, else English, else the first."""
    for key in (language, "*", "en"):
        if key in text:
            return text[key]
    return next(iter(text.values()), "")


class Platform(StrEnum):
    TELEGRAM = "telegram"
    DISCORD = "discord"


class Touch(StrEnum):
    """Which sign counts when a friend met several advocates' links before joining."""

    FIRST = "first"
    LAST = "last"


class To(StrEnum):
    ADVOCATE = "advocate"
    FRIEND = "friend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person on one platform, by the platform's own number."""

    platform: Platform
    id: int

    def __hash__(self) -> int:
        return hash(self.id)  # asked for so often that the platform, which hardly ever decides, is left to ==


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When the campaign runs: from `starts` on, until just before `ends`. Both aware, in UTC."""

    timezone: str
    starts: datetime
    ends: datetime | None = None


class Join(StrEnum):
    """How friends come into a Discord server: by an invite made for one visit, or by consenting on Discord's page."""

    INVITE = "invite"
    OAUTH = "oauth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """A chat, channel or server where friends arrive. `name` is its id in the file, `chat` the platform's number.

    `language`: of what is posted there; None: see `Campaign.spoken_in`.
    """

    name: str
    platform: Platform
    chat: int
    channel: int | None = None
    join: Join = Join.INVITE
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`image` is the path in the file, `picture` the name of what was made of it; see `core.media`."""

    title: Text
    text: Text
    image: str | None = None
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    text: Text
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """A sign counts for `window` before the join."""

    window: timedelta = timedelta(days=7)
    touch: Touch = Touch.FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualify:
    """What a friend must do; all that are given must hold."""

    stay: timedelta = timedelta(0)
    messages: int = 0
    account_age: timedelta = timedelta(0)
    conversion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Rewards come `wait` after a friend has done what is asked; who leaves within `clawback` of that, counts no more.

    A `clawback` of nothing: what was given stays given.
    """

    wait: timedelta = timedelta(0)
    clawback: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """One promise. `give` is a kind and its setting, such as ("points", 10); see `core.rewards` for the kinds.

    Advocates have exactly one of `every`, `at`, `top`, `draw`; friends none.
    """

    id: str
    to: To
    kind: str
    setting: int | str | Text
    every: int | None = None
    at: int | None = None
    top: int | None = None
    draw: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    per_advocate: int | None = None
    per_advocate_per_day: int | None = None
    rewards: int | None = None
    points: int | None = None

    @property
    def gives_at_most(self) -> bool:
        """Whether it gives no more than so many rewards or points in all."""
        return self.rewards is not None or self.points is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Posted in the communities `where`, or in all; an `exclusive` one is given in private, to people who came through
    a friend. Without `at`, the latter is from the start on, and others are never posted.

    `image`, `video` and `album` are paths in the file, `media` the names of what was made of them; see `core.media`.
    """

    id: str
    text: Text
    at: datetime | None = None
    where: tuple[str, ...] = ()
    image: str | None = None
    video: str | None = None
    album: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    share: bool = False
    exclusive: bool = False


class Do(StrEnum):
    LEADERBOARD = "leaderboard"
    REMINDER = "reminder"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something done again and again: `cron` has five fields and is read in the campaign's time zone."""

    do: Do
    cron: str
    where: tuple[str, ...] = ()
    to: str | None = None
    top: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    spike: float | None = None
    negative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    words: tuple[str, ...]
    where: tuple[str, ...] = ()
    alert: Alert | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fraud:
    hold: int = 50
    reject: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What visits leave behind. `visitors`: whether one is recognised within a day; `apps`: whether theirs is kept."""

    visitors: bool = True
    do_not_track: bool = True
    apps: bool = True
    keep_facts: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One version of a campaign, whole."""

    slug: str
    title: Text
    window: Window
    communities: tuple[Community, ...]
    terms: Text = field(default_factory=dict)
    organizers: tuple[Account, ...] = ()
    destination: str = "choose"
    card: Card | None = None
    share: Share | None = None
    attribution: Attribution = Attribution()
    qualify: Qualify = Qualify()
    holding: Holding = Holding()
    rewards: tuple[Reward, ...] = ()
    codes: dict[str, str] = field(default_factory=dict)
    limits: Limits = Limits()
    posts: tuple[Post, ...] = ()
    schedule: tuple[Job, ...] = ()
    listen: Listen | None = None
    fraud: Fraud = Fraud()
    privacy: Privacy = Privacy()

    def is_on(self, platform: Platform) -> bool:
        """Whether one of its communities is there."""
        return any(community.platform is platform for community in self.communities)

    def spoken_in(self, community: str) -> str:
        """The language of what is posted in this community: its own, else one of the title's, else English."""
        own = next((each.language for each in self.communities if each.name == community), None)
        return own or next(iter(self.title), "en").replace("*", "en")


class State(StrEnum):
    """Where a campaign is in its life."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


def encode(campaign: Campaign) -> bytes:
    """The campaign as JSON, the same bytes for the same content."""
    return msgspec.json.encode(campaign, order="deterministic")


def decode(content: bytes | str) -> Campaign:
    """The campaign that `encode` wrote."""
    return msgspec.json.decode(content, type=Campaign)

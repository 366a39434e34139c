"""From what was seen to how many shares there were: at least, and probably. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

from core.shares.values import CACHED, FEW, HABITS, OPENED, POSTED, PRESSED, TYPED, Habit


def habit_of(app: str) -> Habit:
    """When the app fetches previews."""
    return HABITS.get(app, Habit.CACHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What was seen of one variant of one link; `unfurls` by app."""

    intents: int = 0
    sent: int = 0
    forwards: int = 0
    clicks: int = 0
    starts: int = 0
    unfurls: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, more: "Variant") -> "Variant":
        counted = {name: getattr(self, name) + getattr(more, name) for name in COUNTED}
        return Variant(**counted, unfurls=Counter(self.unfurls) + Counter(more.unfurls))


COUNTED = tuple(each.name for each in fields(Variant) if each.name != "unfurls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of any number of variants; it adds up.

    `links` counts, by app, the variants that it fetched at all; `opened` those that were opened, `openings` how often,
    with many of one variant counting less; `came` those through which somebody came, and nothing else is certain.
    """

    intents: int = 0
    sent: int = 0
    forwards: int = 0
    clicks: int = 0
    starts: int = 0
    opened: int = 0
    openings: int = 0
    came: int = 0
    unfurls: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[str, int] = field(default_factory=dict)

    def fetched(self, habit: Habit) -> tuple[int, int]:
        """How often apps of that habit fetched, and how many links: the same link by two apps was shared in both."""
        apps = [app for app in self.unfurls if habit_of(app) is habit]
        return sum(self.unfurls[app] for app in apps), sum(self.links[app] for app in apps)


SUMMED = tuple(each.name for each in fields(Seen) if each.name not in ("unfurls", "links"))


def seen(variant: Variant) -> Seen:
    """The variant as something that adds up with others."""
    certain = variant.sent + variant.forwards + sum(habit_of(app) is Habit.POSTED for app in variant.unfurls)
    openings = max(variant.clicks, variant.starts)  # whoever came through our page did both
    return Seen(
        **{name: getattr(variant, name) for name in COUNTED},
        opened=int(openings > 0),
        openings=min(openings, math.isqrt(FEW * openings)),
        came=int(variant.starts > 0 and not certain),
        unfurls=variant.unfurls,
        links=dict.fromkeys(variant.unfurls, 1),
    )


def added(parts: Iterable[Seen], *, without: Iterable[Seen] = ()) -> Seen:
    """All of these together, without those."""
    plain, unfurls, links = Counter[str](), Counter[str](), Counter[str]()
    for sign, each in (*((1, each) for each in parts), *((-1, each) for each in without)):
        for name in SUMMED:
            plain[name] += sign * getattr(each, name)
        for total, by_app in ((unfurls, each.unfurls), (links, each.links)):
            for app, n in by_app.items():
                total[app] += sign * n
    return Seen(**plain, unfurls=_there(unfurls), links=_there(links))


def _there(counted: Counter[str]) -> dict[str, int]:
    return {app: n for app, n in sorted(counted.items()) if n}


class Code(StrEnum):
    """How a number came about; `shares.CODE` in the catalogues says it in words."""

    SENT = "sent"  # through the bot; the platform says that it went out
    FORWARDED = "forwarded"  # passed on to where the bot reads it
    POSTED = "posted"  # fetched by an app that does so only for what is posted
    CAME = "came"  # somebody else came in through it
    PRESSED = "pressed"  # a button of the share kit
    TYPED = "typed"  # fetched on the sender's device while they typed
    CACHED = "cached"  # fetched by an app's servers, and then kept
    OPENED = "opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certain:
    """Shares that there were: `n` of them, told by this."""

    code: Code
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """What one kind of evidence says of its own: seen `n` times, so between `low` and `high` shares."""

    code: Code
    n: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a range came about: what is certain, and what each kind of evidence says. Shown wherever the range is."""

    at_least: list[Certain]
    probably: list[Likely]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """0 <= at_least <= low <= high. `at_least` holds whatever is assumed; the other two rest on `values`."""

    at_least: int
    low: int
    high: int
    method: Method


def range_of(given: Seen) -> Range:
    """How many shares stand behind what was seen. More evidence of any kind never makes any of the numbers smaller."""
    certain = _certain(given)
    at_least, counted = sum(each.n for each in certain), given.sent + given.forwards
    likely = {each.code: each for each in _likely(given)}
    by_hand = likely[Code.TYPED].low + likely[Code.POSTED].low
    low = max(
        at_least,
        counted + _surely(max(likely[Code.PRESSED].low, by_hand)),
        _surely(max(likely[Code.CACHED].low, likely[Code.OPENED].low)),
    )
    fetched = sum(likely[code].high for code in (Code.TYPED, Code.POSTED, Code.CACHED))
    others = (likely[code].high for code in (Code.PRESSED, Code.OPENED))
    high = max(low, counted + _perhaps(max(fetched, *others)))
    method = Method(at_least=certain, probably=[each for each in likely.values() if each.n])
    return Range(at_least=at_least, low=low, high=high, method=method)


def _certain(given: Seen) -> list[Certain]:
    _, posted = given.fetched(Habit.POSTED)
    told = ((Code.SENT, given.sent), (Code.FORWARDED, given.forwards), (Code.POSTED, posted), (Code.CAME, given.came))
    return [Certain(code=code, n=n) for code, n in told if n]


def _likely(given: Seen) -> Iterable[Likely]:
    presses = given.intents
    yield Likely(code=Code.PRESSED, n=presses, low=presses * PRESSED.low, high=presses * PRESSED.high)
    for code, habit, band in ((Code.TYPED, Habit.TYPED, TYPED), (Code.POSTED, Habit.POSTED, POSTED)):
        n, _ = given.fetched(habit)
        yield Likely(code=code, n=n, low=n * band.low, high=n * band.high)
    n, links = given.fetched(Habit.CACHED)
    yield Likely(code=Code.CACHED, n=n, low=links * CACHED.low, high=n * CACHED.high)
    opened = max(given.clicks, given.starts)
    yield Likely(code=Code.OPENED, n=opened, low=given.opened * OPENED.low, high=given.openings * OPENED.high)


def _surely(expected: float) -> int:
    """What remains of a number after the chance that is in every count: one standard deviation, its root."""
    return math.floor(max(0.0, expected - math.sqrt(expected)))


def _perhaps(expected: float) -> int:
    """The same on the other side."""
    return math.ceil(expected + math.sqrt(expected))

"""What is counted of a cascade, and the figures made of it. Pure.

**K-factor**: new advocates per advocate, counted, not estimated: of all who got a link of their own, the share whom
another one's link had brought. Each advocate brings that many further ones so far; below one, a campaign dies out
unless new ones join by themselves. It is the product of the usual formula, invitations per user times the share of
them that converts (https://en.wikipedia.org/wiki/K-factor_(marketing)), without the two factors, of which the first
cannot be seen in private conversations. The newest advocates have had no time yet, so it lags behind.

**Cycle time**: from when an advocate entered to when their friend arrived; how fast it spreads depends on it more than
on anything else. The median is read from classes and so within 5 %.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from math import log2
from typing import Any

from core.cascade.rules import Node

UNKNOWN = "unknown"
"""Stands for the channel where nobody can say which variant of the link it was."""

NOBODY = ""
"""Stands for the channel of advocates whom nobody brought."""

STEPS = 8
"""Cycle times are sorted into classes, so many for each doubling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What is counted of one channel in one campaign, or of a node in it."""

    friends: int = 0
    advocates: int = 0
    cycles: int = 0
    cycle_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How one channel carries a campaign. Its `k_factor` counts per advocate of any channel, so that they add up."""

    friends: int
    new_advocates: int
    k_factor: float | None
    cycle_time: timedelta | None
    mean_cycle_time: timedelta | None

    def as_json(self) -> dict[str, Any]:
        """The names are those that people script against."""
        return _plain(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a campaign spreads. `roots`: the advocates whom nobody brought."""

    advocates: int
    roots: int
    new_advocates: int
    friends: int
    k_factor: float | None
    cycle_time: timedelta | None
    mean_cycle_time: timedelta | None
    biggest: int
    deepest: int
    channels: dict[str, Channel]

    def as_json(self) -> dict[str, Any]:
        """The names are those that people script against; times in seconds."""
        channels = {name: channel.as_json() for name, channel in self.channels.items()}
        return {**_plain(asdict(self)), "channels": channels}


def counts_of(node: Node) -> tuple[str, Counts]:
    """What a node counts for, and in which channel."""
    linked = int(node.linked_at is not None)
    if node.parent is None:
        return NOBODY, Counts(advocates=linked)
    arrived, measured = int(node.arrived_at is not None), int(node.cycle is not None)
    counts = Counts(friends=arrived, advocates=linked, cycles=measured, cycle_seconds=node.cycle or 0)
    return node.channel or UNKNOWN, counts


def numbers_of(node: Node) -> Iterator[tuple[str, int]]:
    """Where a node stands in the histograms."""
    if node.size:
        yield "size", node.size
    if node.depth:
        yield "depth", node.depth
    if node.cycle is not None:
        yield cycle_name(node.channel or UNKNOWN), class_of(node.cycle)


def cycle_name(channel: str) -> str:
    """The histogram of the channel's cycle times."""
    return f"cycle/{channel}"


def class_of(seconds: int) -> int:
    """The class that a cycle time belongs to."""
    return 0 if seconds == 0 else 1 + int(STEPS * log2(seconds))


def spread_of(
    counted: Mapping[str, Counts], cycles: Mapping[str, Mapping[int, int]], *, biggest: int, deepest: int
) -> Spread:
    """The campaign's figures from its channels' counts, and the number of cycle times in each class."""
    advocates = sum(each.advocates for each in counted.values())
    roots = counted.get(NOBODY, Counts()).advocates
    brought = {name: each for name, each in sorted(counted.items()) if name != NOBODY}
    every: Counter[int] = Counter()
    for name in brought:
        every.update(cycles.get(name, {}))
    measured = sum(each.cycles for each in brought.values())
    return Spread(
        advocates=advocates,
        roots=roots,
        new_advocates=advocates - roots,
        friends=sum(each.friends for each in brought.values()),
        k_factor=_per(advocates - roots, advocates),
        cycle_time=median(every),
        mean_cycle_time=_mean(sum(each.cycle_seconds for each in brought.values()), measured),
        biggest=biggest,
        deepest=deepest,
        channels={
            name: _channel(each, cycles.get(name, {}), advocates) for name, each in brought.items() if any_of(each)
        },
    )


def any_of(counts: Counts) -> bool:
    """Whether there is anything in it."""
    return counts != Counts()


def median(classes: Mapping[int, int]) -> timedelta | None:
    """The middle of the class that has the middle one in it."""
    rest = (sum(classes.values()) + 1) // 2
    for at in sorted(classes):
        rest -= classes[at]
        if rest <= 0:
            return timedelta(seconds=round(2 ** ((at - 0.5) / STEPS)) if at else 0)
    return None


def _channel(counts: Counts, cycles: Mapping[int, int], advocates: int) -> Channel:
    return Channel(
        friends=counts.friends,
        new_advocates=counts.advocates,
        k_factor=_per(counts.advocates, advocates),
        cycle_time=median(cycles),
        mean_cycle_time=_mean(counts.cycle_seconds, counts.cycles),
    )


def _per(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(seconds: int, n: int) -> timedelta | None:
    return timedelta(seconds=round(seconds / n)) if n else None


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Times as whole seconds, under names that say so."""
    return {
        f"{name}_seconds" if name.endswith("cycle_time") else name: int(value.total_seconds())
        if isinstance(value, timedelta)
        else value
        for name, value in values.items()
    }

"""Recomputing who brought whom from the journal alone, the slow and plain way: shares no code with the cascade's."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from math import floor, log2
from typing import Any, TypeAlias

from core.journal import Kind
from core.referrals import Reason

Key: TypeAlias = tuple[int, int]
"""A campaign and a member."""


@dataclass(slots=True)
class Member:
    """What the journal says of one member in one campaign."""

    parent: Key | None = None
    channel: str | None = None
    linked_at: datetime | None = None
    arrived: int | None = None
    cycle: int | None = None
    children: int = 0


class CascadeReplay:
    """Give it every link and judgement, in order; then ask."""

    def __init__(self) -> None:
        self._members: dict[Key, Member] = {}

    def take(self, kind: str, at: datetime, member: Key, advocate_id: int | None, data: dict[str, Any] | None) -> None:
        """One fact."""
        told = data or {}
        advocate = (member[0], advocate_id) if advocate_id is not None else None
        if kind == Kind.LINK:
            mine = self._members.setdefault(member, Member())
            mine.linked_at = at
            if mine.parent is None and advocate is not None:
                self._hang(member, advocate, told.get("channel"))
        elif kind == Kind.JUDGED and not Reason(told["reason"]).names_a_friend:
            if member in self._members:
                self._members[member].arrived = None
                self._hang(member, None, None)
        elif kind == Kind.JUDGED and "arrived" in told and advocate is not None:
            mine = self._members.setdefault(member, Member())
            before = (mine.parent, mine.arrived)
            mine.arrived = told["arrived"]
            self._hang(member, advocate, told.get("channel"))
            if mine.parent is not None and (mine.parent, mine.arrived) != before:
                mine.cycle = self._cycle(mine.parent, told["arrived"])

    def _hang(self, member: Key, parent: Key | None, channel: str | None) -> None:
        """Put somebody below somebody else, or below nobody, also where it would close a circle."""
        mine = self._members[member]
        if mine.parent == parent:
            mine.channel = channel
            return
        if mine.parent is not None:
            self._members[mine.parent].children -= 1
        mine.parent = mine.channel = mine.cycle = None
        if parent is not None and parent != member and not (mine.children and self._is_above(member, parent)):
            self._members.setdefault(parent, Member()).children += 1
            mine.parent, mine.channel = parent, channel

    def _is_above(self, member: Key, other: Key) -> bool:
        above: Key | None = other
        while above is not None and above != member:
            above = self._members[above].parent if above in self._members else None
        return above is not None

    def _cycle(self, parent: Key, arrived: int) -> int | None:
        advocate = self._members[parent]
        entered = [float(advocate.arrived)] if advocate.arrived is not None else []
        if advocate.linked_at is not None:
            entered.append(advocate.linked_at.timestamp())
        return floor(arrived - min(entered)) if entered and min(entered) <= arrived else None

    def nodes(self) -> dict[Key, tuple[Any, ...]]:
        """Parent, channel, depth, size, height, direct, whether an advocate, arrival; of everybody with any of it."""
        depths = self._depths()
        sizes: Counter[Key] = Counter()
        heights: Counter[Key] = Counter()
        for key in sorted(depths, key=depths.__getitem__, reverse=True):
            parent = self._members[key].parent
            if parent is not None:
                sizes[parent] += sizes[key] + 1
                heights[parent] = max(heights[parent], heights[key] + 1)
        return {
            key: (
                each.parent and each.parent[1],
                each.channel,
                depths[key],
                sizes[key],
                heights[key],
                each.children,
                each.linked_at is not None,
                each.arrived,
                each.cycle,
            )
            for key, each in self._members.items()
        }

    def _depths(self) -> dict[Key, int]:
        found: dict[Key, int] = {}
        for key in self._members:
            way = [key]
            while way[-1] not in found and (parent := self._members[way[-1]].parent) is not None:
                way.append(parent)
            depth = found.get(way[-1], 0)
            for each in reversed(way):
                found[each] = depth
                depth += 1
        return found


def spread(nodes: dict[Key, tuple[Any, ...]]) -> dict[Key, tuple[int, int, int, int]]:
    """Friends, advocates, and number and sum of the cycle times, by campaign and channel."""
    found: dict[Any, list[int]] = {}
    for (campaign_id, _), (parent, channel, *_, is_advocate, arrived, cycle) in nodes.items():
        name = "" if parent is None else channel or "unknown"
        counts = found.setdefault((campaign_id, name), [0, 0, 0, 0])
        counts[0] += parent is not None and arrived is not None
        counts[1] += is_advocate
        counts[2] += cycle is not None
        counts[3] += cycle or 0
    return {key: (n[0], n[1], n[2], n[3]) for key, n in found.items() if any(n)}


def histograms(
    nodes: dict[Key, tuple[Any, ...]], standings: dict[Key, tuple[int, int, int]]
) -> dict[tuple[int, str], int]:
    """How many there are at each number, and in each 32 and 1,024 numbers, by campaign and what is counted."""
    found: Counter[tuple[int, str, int]] = Counter()
    for (campaign_id, _), (parent, channel, depth, size, *_, cycle) in nodes.items():
        found[campaign_id, "depth", depth] += depth > 0
        found[campaign_id, "size", size] += size > 0
        if cycle is not None:
            of = floor(8 * log2(cycle)) + 1 if cycle else 0
            found[campaign_id, f"cycle/{channel or 'unknown'}", of] += parent is not None
    for (campaign_id, _), (_, qualified, points) in standings.items():
        found[campaign_id, "qualified", qualified] += qualified > 0
        found[campaign_id, f"points/{qualified}", points] += qualified > 0 or points != 0
    counted: Counter[tuple[int, str]] = Counter()
    for (campaign_id, name, at), n in found.items():
        for width in (1, 32, 1024):
            counted[campaign_id, f"{name} from {at // width * width} by {width}"] += n
    return {key: n for key, n in counted.items() if n}

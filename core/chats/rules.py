"""How observations of a member in a chat are folded into what is known.

Observations come twice, late and in any order; the fold ends in the same state whatever the order (it keeps the
earliest and latest times, and the newest word on whether the member is there).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum


class Sight(Enum):
    JOINED = "joined"
    LEFT = "left"
    PRESENT = "present"  # asked, and there
    ABSENT = "absent"  # asked, and not there
    SPOKE = "spoke"  # proves no membership: people outside may comment on a channel's posts


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What is known of one member in one chat. All times aware, in UTC; None: not known."""

    present: bool | None = None
    told_at: datetime | None = None  # when `present` was true, and the platform's order within that second
    told_order: int = 0
    first_present_at: datetime | None = None  # the earliest time they are known to have been there
    first_joined_at: datetime | None = None
    joined_at: datetime | None = None  # the last join
    left_at: datetime | None = None
    absent_at: datetime | None = None  # the earliest time they are known not to have been there
    seen_at: datetime | None = None  # the last time a question was answered with "there"
    messages: int = 0
    first_left_at: datetime | None = None
    returned_at: datetime | None = None  # the earliest join of which the platform said that it was not the first

    @property
    def returned(self) -> bool:
        """They had been here before the first time that we know of."""
        return self.returned_at is not None and self.returned_at == self.first_present_at

    @property
    def arrived_at(self) -> datetime | None:
        """When they first came, if that was seen, or lies between an answer "not there" and a sign of presence."""
        if self.first_present_at is None:
            return None
        joined = self.first_joined_at is not None and self.first_joined_at <= self.first_present_at
        inferred = self.absent_at is not None and self.absent_at < self.first_present_at
        return self.first_present_at if joined or inferred else None

    @property
    def came_unseen(self) -> bool:
        """They are, or were, there, and nobody can say since when: perhaps from long before."""
        return self.first_present_at is not None and self.arrived_at is None

    @property
    def stays_since(self) -> datetime | None:
        """The start of the present stay. Of somebody who came back unseen we know only that it was after they left."""
        came = [at for at in (self.joined_at, self.left_at) if at is not None]
        return max(came, default=self.first_present_at)


def observe(known: Membership, sight: Sight, at: datetime, order: int = 0, *, returning: bool = False) -> Membership:
    """What is known after this observation; `order` breaks the tie between two in the same second.

    `returning`: the platform says that this join was not the first one.
    """
    if sight is Sight.SPOKE:
        return replace(known, messages=known.messages + 1)
    changes: dict[str, object] = {}
    present = sight in (Sight.JOINED, Sight.PRESENT)
    if known.told_at is None or (at, order, present) > (known.told_at, known.told_order, known.present):
        changes.update(present=present, told_at=at, told_order=order)
    if sight is Sight.ABSENT:
        changes["absent_at"] = _earliest(known.absent_at, at)
    else:
        changes["first_present_at"] = _earliest(known.first_present_at, at)
    if sight is Sight.JOINED:
        changes.update(first_joined_at=_earliest(known.first_joined_at, at), joined_at=_latest(known.joined_at, at))
        if returning:
            changes["returned_at"] = _earliest(known.returned_at, at)
    elif sight is Sight.LEFT:
        changes.update(left_at=_latest(known.left_at, at), first_left_at=_earliest(known.first_left_at, at))
    elif sight is Sight.PRESENT:
        changes["seen_at"] = _latest(known.seen_at, at)
    return replace(known, **changes)  # type: ignore[arg-type]


def _earliest(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)


def _latest(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else max(known, at)

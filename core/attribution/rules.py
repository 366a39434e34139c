"""Whose link brought this friend, and how sure that is.

A function of the signs and their own times, so that the order in which they are heard of does not matter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.campaign.values import Attribution
from core.campaign.values import Touch as Counts

AFTER_JOIN = timedelta(hours=1)
"""A friend who joins first and presses the link just after still came through it, but less surely."""


class Confidence(StrEnum):
    EXACT = "exact"
    PROBABLE = "probable"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"

    @property
    def pays(self) -> bool:
        """Ambiguous and unknown never do."""
        return self in (Confidence.EXACT, Confidence.PROBABLE)


@dataclass(frozen=True, slots=True)
class Touch:
    """The platform told that this person came by this advocate's link; `channel`: in which variant, if known."""

    advocate: int
    code: str
    at: datetime
    channel: str | None = field(default=None, compare=False)  # the first word on it stays


@dataclass(frozen=True, slots=True)
class Claim:
    """The friend named this advocate, and the advocate said yes."""

    advocate: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """The advocate to credit. `late`: the sign came when the friend was there already, so it earns nothing.

    `channel`: the variant of the link by which the friend came; None if nobody can say.
    """

    advocate: int
    code: str | None
    at: datetime
    confidence: Confidence
    late: bool = False
    channel: str | None = None


def attribute(
    touches: Iterable[Touch],
    claims: Iterable[Claim],
    terms: Attribution,
    *,
    arrived_at: datetime | None,
    now: datetime,
) -> Credit | None:
    """The advocate to credit for a friend who arrived then (None: not yet), or None if there is no sign at all.

    The earliest sign within the window before the arrival wins and never moves; with `touch: last`, the latest one.
    """
    ordered = sorted(touches, key=lambda touch: (touch.at, touch.code))
    if arrived_at is None:
        before = [touch for touch in ordered if now < touch.at + terms.window]
    else:
        before = [touch for touch in ordered if touch.at <= arrived_at <= touch.at + terms.window]
    if before:
        return _credit(before[0] if terms.touch is Counts.FIRST else before[-1], before, Confidence.EXACT)
    after = [touch for touch in ordered if arrived_at is not None and arrived_at < touch.at <= arrived_at + AFTER_JOIN]
    if after:
        return _credit(after[0], after, Confidence.PROBABLE)
    return _claimed(claims) or first_sign(ordered)


def first_sign(touches: Iterable[Touch]) -> Credit | None:
    """The earliest sign there is, for whoever was there already, or perhaps was: it earns nothing."""
    ordered = sorted(touches, key=lambda touch: (touch.at, touch.code))
    return _credit(ordered[0], ordered, Confidence.EXACT, late=True) if ordered else None


def _claimed(claims: Iterable[Claim]) -> Credit | None:
    first = min(claims, key=lambda claim: (claim.at, claim.advocate), default=None)
    if first is None:
        return None
    return Credit(advocate=first.advocate, code=None, at=first.at, confidence=Confidence.PROBABLE)


def _credit(touch: Touch, ordered: Sequence[Touch], confidence: Confidence, *, late: bool = False) -> Credit:
    """A private invitation has no variant: who used one was given it for the link that they had come by before."""
    named = (each.channel for each in (touch, *ordered) if each.code == touch.code and each.channel is not None)
    return Credit(
        advocate=touch.advocate,
        code=touch.code,
        at=touch.at,
        confidence=confidence,
        late=late,
        channel=next(named, None),
    )

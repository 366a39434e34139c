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
    """How sure a sign is. UNKNOWN, for a touch: it was thought so once, and is known better now."""

    EXACT = "exact"
    PROBABLE = "probable"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"

    @property
    def pays(self) -> bool:
        """Ambiguous and unknown never do."""
        return self in (Confidence.EXACT, Confidence.PROBABLE)

    def outweighs(self, other: "Confidence") -> bool:
        """Whether this word on a sign holds against that one, in whichever order they are heard."""
        return _WEIGHT.index(self) > _WEIGHT.index(other)


_WEIGHT = (Confidence.AMBIGUOUS, Confidence.PROBABLE, Confidence.EXACT, Confidence.UNKNOWN)


class Found(StrEnum):
    """What is known of how somebody came into a server whose joins name no invitation."""

    EXACT = "exact"
    PROBABLE = "probable"
    AMBIGUOUS = "ambiguous"
    UNATTRIBUTED = "unattributed"  # nobody knows
    OTHERWISE = "otherwise"  # by something that is nobody's link: an address of the server, a foreign invite


@dataclass(frozen=True, slots=True)
class Way:
    """A link by which somebody may have come, and the variant that was used."""

    code: str
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """The platform told that this person came by this advocate's link; `channel`: in which variant, if known.

    `entered`: they joined by it at that time; otherwise they met it, and may have been there already.

    The same sign can become surer, or be taken back; see `Confidence.outweighs`.
    """

    advocate: int
    code: str
    at: datetime
    channel: str | None = field(default=None, compare=False)  # the first word on it stays
    confidence: Confidence = field(default=Confidence.EXACT, compare=False)
    entered: bool = field(default=False, compare=False)


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
    left_at: datetime | None = None,
    now: datetime,
) -> Credit | None:
    """The advocate to credit for a friend who arrived then (None: not yet), or None if there is no sign at all.

    The earliest sure sign within the window before the arrival wins and never moves; with `touch: last`, the latest
    one. Where there is none, a claim counts. What may have been one of several comes after that, and pays nobody; the
    credit then names the first of them. Whoever left for the first time at `left_at` and then met a link was a member
    before: it brought them back, and earns nothing.
    """
    ordered = sorted(touches, key=lambda touch: (touch.at, touch.code))
    sure = [touch for touch in ordered if touch.confidence.pays]
    if before := _before(sure, terms, arrived_at, now):
        return _credit(before[0] if terms.touch is Counts.FIRST else before[-1], before)
    if after := _after(sure, arrived_at, left_at):
        return _credit(after[0], after, Confidence.PROBABLE)
    unsure = [touch for touch in ordered if touch.confidence is Confidence.AMBIGUOUS]
    in_time = _before(unsure, terms, arrived_at, now)
    perhaps = _credit(in_time[0], in_time) if in_time else None
    return _claimed(claims) or perhaps or first_sign(sure) or _late(unsure) or _late(ordered)


def first_sign(touches: Iterable[Touch]) -> Credit | None:
    """The earliest sure sign there is, for whoever was there already, or perhaps was: it earns nothing."""
    return _late(sorted((each for each in touches if each.confidence.pays), key=lambda touch: (touch.at, touch.code)))


def _after(sure: Iterable[Touch], arrived_at: datetime | None, left_at: datetime | None) -> list[Touch]:
    """The signs met just after the arrival, while they were still there. Who joins again came back by that link."""
    if arrived_at is None:
        return []
    there = (touch for touch in sure if not touch.entered and (left_at is None or touch.at < left_at))
    return [touch for touch in there if arrived_at < touch.at <= arrived_at + AFTER_JOIN]


def _before(
    ordered: Sequence[Touch], terms: Attribution, arrived_at: datetime | None, now: datetime
) -> Sequence[Touch]:
    """Those within the window before the arrival, or before now if nobody has arrived."""
    if arrived_at is None:
        return [touch for touch in ordered if now < touch.at + terms.window]
    return [touch for touch in ordered if touch.at <= arrived_at <= touch.at + terms.window]


def _late(ordered: Sequence[Touch]) -> Credit | None:
    return _credit(ordered[0], ordered, late=True) if ordered else None


def _claimed(claims: Iterable[Claim]) -> Credit | None:
    first = min(claims, key=lambda claim: (claim.at, claim.advocate), default=None)
    if first is None:
        return None
    return Credit(advocate=first.advocate, code=None, at=first.at, confidence=Confidence.PROBABLE)


def _credit(
    touch: Touch, ordered: Sequence[Touch], confidence: Confidence | None = None, *, late: bool = False
) -> Credit:
    """A private invitation has no variant: who used one was given it for the link that they had come by before."""
    named = (each.channel for each in (touch, *ordered) if each.code == touch.code and each.channel is not None)
    return Credit(
        advocate=touch.advocate,
        code=touch.code,
        at=touch.at,
        confidence=confidence or touch.confidence,
        late=late,
        channel=next(named, None),
    )

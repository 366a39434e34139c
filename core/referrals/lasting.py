"""Whether a referral that has qualified still counts. Pure.

What counts can be lost in few ways: the friend leaves too soon, an organizer rules it out, it turns out that advocate
and friend are one person, or that the friend came by another way. While a referral is reversed, each of them is looked
at again, so that the same facts end in the same state in whichever order they are heard.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.chats.rules import Membership
from core.referrals.rules import ASK_EVERY
from core.referrals.values import Reason, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """Where a settled referral stands. `look_at` and `ask`: as of a judgement."""

    status: Status
    reason: Reason
    look_at: datetime | None = None
    ask: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is known of a referral that qualified once.

    `status` is what it has while it counts, and `reason` the one it has now. `ruled`: an organizer's word, if there is
    one. `memberships`: those of the friend in the campaign's communities, by whichever account.
    """

    status: Status
    reason: Reason
    ruled: bool | None
    is_one_person: bool
    came_otherwise: bool
    qualified_at: datetime | None
    memberships: Iterable[Membership]


def lasts(settled: Settled, *, clawback: timedelta, now: datetime) -> Lasting:
    """Say whether it counts as of `now`, and why not."""
    if settled.ruled is False:
        return Lasting(status=Status.REVERSED, reason=Reason.RULED_OUT)
    if settled.is_one_person:
        return Lasting(status=Status.REVERSED, reason=Reason.SELF_REFERRAL)
    if settled.ruled:
        return Lasting(status=settled.status, reason=Reason.RULED_IN)
    if settled.came_otherwise:
        return Lasting(status=Status.REVERSED, reason=Reason.CAME_OTHERWISE)
    if settled.qualified_at is None or not clawback:
        return Lasting(status=settled.status, reason=_good(settled))
    return _if_they_stay(settled, [*settled.memberships], until=settled.qualified_at + clawback, now=now)


def _if_they_stay(settled: Settled, memberships: list[Membership], *, until: datetime, now: datetime) -> Lasting:
    """Who is there when the time is over has stayed, whatever happened between; before that, who is there now.

    Shortly before the end the platform is asked, in case its news of a leave was lost.
    """
    last_look = look_before(until, settled.qualified_at or until)
    look_at = last_look if now < last_look else None
    ask = last_look <= now < until and not any(m.seen_at and m.seen_at >= last_look for m in memberships)
    there = [was_there(each, until) for each in memberships if each.first_present_at is not None]
    nobody_knows = not there or None in there  # also where the community is not the campaign's any more
    if True in there or (nobody_knows and settled.reason is not Reason.LEFT_AFTER):
        return Lasting(status=settled.status, reason=_good(settled), look_at=look_at, ask=ask)
    return Lasting(status=Status.REVERSED, reason=Reason.LEFT_AFTER, look_at=look_at, ask=ask)


def look_before(until: datetime, qualified_at: datetime) -> datetime:
    """When to ask for the last time whether somebody is there who can still be lost `until` then."""
    return until - min(ASK_EVERY, (until - qualified_at) / 2)


def _good(settled: Settled) -> Reason:
    if settled.reason is Reason.OVER_LIMIT:
        return settled.reason
    return Reason.REWARDED if settled.status is Status.REWARDED else Reason.ALL_MET


def was_there(known: Membership, at: datetime) -> bool | None:
    """Whether somebody was in the chat at that time, as far as is known by now; None: nobody can tell."""
    if known.told_at is None:
        return False
    if known.told_at <= at:
        return known.present
    came_later = known.joined_at is not None and known.joined_at > at
    if known.left_at is None or known.first_left_at is None:
        return True if known.present and not came_later else None
    if known.left_at <= at:
        return False if came_later else _since_they_left(known)
    came_back = known.joined_at is not None and known.first_left_at < known.joined_at <= at
    return True if known.first_left_at > at or came_back else None


def _since_they_left(known: Membership) -> bool | None:
    """There was no other news of them but that the platform was asked, later than the time in question."""
    assert known.left_at is not None
    if known.joined_at is not None and known.joined_at > known.left_at:
        return True if known.present else None
    return None if known.present else False

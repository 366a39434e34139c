"""Whether what has qualified still counts: by what is known, heard in any order."""

from dataclasses import replace
from datetime import timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.campaign.values import Limits
from core.chats import Membership, Sight, observe
from core.referrals import Judgement, Reason, Settled, Status, judge, lasts, look_before, within
from core.referrals.lasting import was_there
from tests.core.test_referral_rules import CAMPAIGN, CONFIRMED, STAYED, case
from tests.people import ENDS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUALIFIED = STAYED + HOUR
CLAWBACK = 30 * DAY
UNTIL = QUALIFIED + CLAWBACK
BEFORE, AFTER = UNTIL - DAY, UNTIL + DAY


def settled(*memberships, **changes):
    usual = Settled(
        status=Status.REWARDED,
        reason=Reason.REWARDED,
        ruled=None,
        is_one_person=False,
        came_otherwise=False,
        qualified_at=QUALIFIED,
        memberships=memberships,
    )
    return replace(usual, **changes)


def stands(known, *, now=QUALIFIED + DAY, clawback=CLAWBACK):
    found = lasts(known, clawback=clawback, now=now)
    return found.status.value, found.reason


GONE = observe(CONFIRMED, Sight.LEFT, QUALIFIED + DAY)
COUNTS = ("rewarded", Reason.REWARDED)
LEFT_AFTER = ("reversed", Reason.LEFT_AFTER)


def test_who_is_there_counts_and_who_has_left_does_not():
    assert stands(settled(CONFIRMED)) == COUNTS
    assert stands(settled(GONE)) == LEFT_AFTER
    assert stands(settled(GONE, CONFIRMED)) == COUNTS
    assert stands(settled(GONE), clawback=timedelta(0)) == COUNTS
    assert stands(settled(GONE, qualified_at=None)) == COUNTS


def test_having_only_written_from_outside_is_not_being_there():
    assert stands(settled(GONE, observe(Membership(), Sight.SPOKE, QUALIFIED))) == LEFT_AFTER


def test_of_a_community_where_they_never_were_nothing_follows():
    """They came by one that the campaign has given up since, and are not in the other."""
    assert stands(settled()) == COUNTS
    assert stands(settled(observe(Membership(), Sight.ABSENT, QUALIFIED))) == COUNTS
    assert stands(settled(reason=Reason.LEFT_AFTER)) == LEFT_AFTER


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ruled": True}, ("rewarded", Reason.RULED_IN)),
        ({"ruled": True, "memberships": (GONE,), "came_otherwise": True}, ("rewarded", Reason.RULED_IN)),
        ({"ruled": True, "is_one_person": True}, ("reversed", Reason.SELF_REFERRAL)),
        ({"ruled": False}, ("reversed", Reason.RULED_OUT)),
        ({"is_one_person": True}, ("reversed", Reason.SELF_REFERRAL)),
        ({"came_otherwise": True}, ("reversed", Reason.CAME_OTHERWISE)),
        ({"status": Status.QUALIFIED, "reason": Reason.OVER_LIMIT}, ("qualified", Reason.OVER_LIMIT)),
        ({"status": Status.QUALIFIED, "reason": Reason.SAME_PERSON}, ("qualified", Reason.ALL_MET)),
    ],
)
def test_each_reason_has_its_rank(changes, expected):
    assert stands(replace(settled(CONFIRMED), **changes)) == expected


def test_before_the_time_is_over_the_platform_is_asked_once_more():
    known, last = settled(CONFIRMED), look_before(UNTIL, QUALIFIED)
    assert last == UNTIL - DAY
    early = lasts(known, clawback=CLAWBACK, now=last - HOUR)
    assert (early.look_at, early.ask) == (last, False)
    then = lasts(known, clawback=CLAWBACK, now=last)
    assert (then.look_at, then.ask) == (None, True)
    seen = settled(observe(CONFIRMED, Sight.PRESENT, last))
    assert not lasts(seen, clawback=CLAWBACK, now=last + HOUR).ask
    assert not lasts(known, clawback=CLAWBACK, now=UNTIL).ask
    assert look_before(QUALIFIED + HOUR, QUALIFIED) == QUALIFIED + HOUR / 2


@pytest.mark.parametrize(
    ("sights", "expected"),
    [
        ([(Sight.LEFT, BEFORE)], LEFT_AFTER),
        ([(Sight.LEFT, AFTER)], COUNTS),
        ([(Sight.LEFT, BEFORE), (Sight.JOINED, BEFORE + HOUR)], COUNTS),
        ([(Sight.LEFT, BEFORE), (Sight.JOINED, AFTER)], LEFT_AFTER),
        ([(Sight.LEFT, BEFORE), (Sight.JOINED, BEFORE + HOUR), (Sight.LEFT, AFTER)], COUNTS),
        ([(Sight.LEFT, BEFORE), (Sight.ABSENT, AFTER)], LEFT_AFTER),
        ([(Sight.ABSENT, BEFORE)], LEFT_AFTER),
        ([(Sight.ABSENT, AFTER)], COUNTS),
        ([(Sight.PRESENT, AFTER)], COUNTS),
    ],
)
def test_what_is_heard_after_the_time_says_how_it_was_when_it_was_over(sights, expected):
    for order in (sights, sights[::-1]):
        known = reduce(lambda known, each: observe(known, *each), order, CONFIRMED)
        assert stands(settled(known), now=AFTER + DAY) == expected


def test_what_nobody_can_tell_any_more_leaves_it_as_it_stands():
    sights = [(Sight.LEFT, BEFORE), (Sight.JOINED, AFTER), (Sight.LEFT, AFTER + HOUR)]
    known = reduce(lambda known, each: observe(known, *each), sights, CONFIRMED)
    assert was_there(known, UNTIL) is None
    assert stands(settled(known), now=AFTER + DAY) == COUNTS
    gone = settled(known, status=Status.REWARDED, reason=Reason.LEFT_AFTER)
    assert stands(gone, now=AFTER + DAY) == LEFT_AFTER


hours = st.lists(st.integers(1, 2000), max_size=6, unique=True).map(sorted)


@given(hours, st.integers(0, 2001), st.randoms())
def test_of_leaves_and_returns_heard_in_any_order_it_is_known_who_was_there_or_that_it_is_not(times, at, random):
    """They leave and come back in turn; whatever is said of a time is true."""
    turns = [(Sight.JOINED if n % 2 else Sight.LEFT, QUALIFIED + hour * HOUR) for n, hour in enumerate(times)]
    there = sum(hour <= at for hour in times) % 2 == 0
    random.shuffle(turns)
    known = reduce(lambda known, each: observe(known, *each), turns, CONFIRMED)
    found = was_there(known, QUALIFIED + at * HOUR)
    assert found in (there, None)
    if at >= max(times, default=0) or len(times) < 3:
        assert found is there


BRINGS = judge(case(CONFIRMED), CAMPAIGN, ends_at=ENDS, paused=False, now=STAYED)


@given(st.none() | st.integers(1, 5), st.none() | st.integers(1, 5), st.integers(0, 6), st.integers(0, 6))
def test_no_more_count_than_may(in_all, a_day, counting, today):
    limits, ends = Limits(per_advocate=in_all, per_advocate_per_day=a_day), STAYED + HOUR
    found: Judgement = within(BRINGS, limits, counting=counting, today=today, day_ends=ends)
    if in_all is not None and counting >= in_all:
        assert (found.status, found.reason) == (Status.QUALIFIED, Reason.OVER_LIMIT)
    elif a_day is not None and today >= a_day:
        assert (found.status, found.reason, found.look_at) == (Status.PENDING, Reason.DAY_FULL, ends)
        assert found.missing.reason is Reason.DAY_FULL
    else:
        assert found == BRINGS

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.attribution import Claim, Confidence, Touch, attribute
from core.campaign.values import Attribution
from core.campaign.values import Touch as Counts

ANA, BEN = 1, 2
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
JOIN = datetime(2026, 12, 10, tzinfo=UTC)
LATER = JOIN + timedelta(days=2)
FIRST, LAST = Attribution(), Attribution(touch=Counts.LAST)


def by(advocate, *, ago=timedelta(0)):
    """This advocate's link was met so long before the join."""
    return Touch(advocate, f"code-{advocate}", JOIN - ago)


def credit(*touches, claims=(), terms=FIRST, arrived_at=JOIN, left_at=None, now=LATER):
    return attribute(touches, claims, terms, arrived_at=arrived_at, left_at=left_at, now=now)


def credited(*touches, **case):
    """The advocate and how sure that is; "late" if it earns nothing."""
    found = credit(*touches, **case)
    return None if found is None else (found.advocate, "late" if found.late else found.confidence.value)


def test_nobody_is_credited_without_a_sign():
    assert credited() is None
    assert credited(arrived_at=None) is None


def test_a_touch_before_the_join_is_exact():
    assert credited(by(ANA, ago=WEEK / 2)) == (ANA, "exact")


def test_a_touch_in_the_second_of_the_join_is_before_it():
    assert credited(by(ANA)) == (ANA, "exact")


@pytest.mark.parametrize(("terms", "advocate"), [(FIRST, ANA), (LAST, BEN)])
def test_of_two_touches_the_first_or_the_last_counts_as_the_campaign_says(terms, advocate):
    assert credited(by(ANA, ago=WEEK / 2), by(BEN, ago=WEEK / 3), terms=terms) == (advocate, "exact")


@pytest.mark.parametrize("terms", [FIRST, LAST])
def test_after_the_join_no_touch_takes_the_credit_away(terms):
    assert credited(by(ANA, ago=WEEK / 2), by(BEN, ago=-SECOND), terms=terms) == (ANA, "exact")


def test_a_touch_counts_for_exactly_the_window():
    assert credited(by(ANA, ago=WEEK)) == (ANA, "exact")
    assert credited(by(ANA, ago=WEEK + SECOND)) == (ANA, "late")


def test_a_touch_that_is_too_old_makes_room_for_the_next():
    assert credited(by(ANA, ago=WEEK + SECOND), by(BEN, ago=WEEK)) == (BEN, "exact")


def test_the_window_is_the_campaigns():
    assert credited(by(ANA, ago=2 * SECOND), terms=Attribution(window=SECOND)) == (ANA, "late")


def test_within_an_hour_after_the_join_a_touch_is_probable():
    assert credited(by(ANA, ago=-SECOND)) == (ANA, "probable")
    assert credited(by(ANA, ago=-timedelta(hours=1))) == (ANA, "probable")
    assert credited(by(ANA, ago=-timedelta(hours=1) - SECOND)) == (ANA, "late")


@pytest.mark.parametrize(("left_after", "is_sure"), [(2 * SECOND, "probable"), (SECOND, "late"), (SECOND / 2, "late")])
def test_a_link_that_was_met_after_leaving_brings_back_nobody_new(left_after, is_sure):
    assert credited(by(ANA, ago=-SECOND), left_at=JOIN + left_after) == (ANA, is_sure)


@pytest.mark.parametrize("terms", [FIRST, LAST])
def test_of_two_touches_after_the_join_the_first_counts(terms):
    assert credited(by(ANA, ago=-SECOND), by(BEN, ago=-2 * SECOND), terms=terms) == (ANA, "probable")


def test_a_tie_within_a_second_is_settled_by_the_code():
    assert credited(by(BEN), by(ANA)) == credited(by(ANA), by(BEN)) == (ANA, "exact")


def test_a_claim_is_probable():
    assert credited(claims=[Claim(BEN, LATER)]) == (BEN, "probable")


def test_any_touch_in_time_is_better_than_a_claim():
    assert credited(by(ANA, ago=-SECOND), claims=[Claim(BEN, JOIN - WEEK)]) == (ANA, "probable")


def test_a_claim_is_better_than_a_late_touch():
    assert credited(by(ANA, ago=-WEEK), claims=[Claim(BEN, LATER)]) == (BEN, "probable")


def test_the_first_claim_counts_and_a_tie_has_one_winner():
    early, late = Claim(BEN, JOIN), Claim(ANA, LATER)
    assert credited(claims=[late, early]) == (BEN, "probable")
    same = Claim(ANA, JOIN)
    assert credited(claims=[same, early]) == credited(claims=[early, same])


def test_before_the_join_a_touch_counts_until_its_window_is_over():
    assert credited(by(ANA, ago=WEEK), arrived_at=None, now=JOIN - SECOND) == (ANA, "exact")
    assert credited(by(ANA, ago=WEEK), arrived_at=None, now=JOIN) == (ANA, "late")


def test_when_the_first_touch_runs_out_the_next_one_counts():
    touches = by(ANA, ago=WEEK), by(BEN, ago=WEEK / 2)
    assert credited(*touches, arrived_at=None, now=JOIN) == (BEN, "exact")


def test_when_all_have_run_out_it_does_not_matter_who_looks_when():
    touches = by(ANA, ago=3 * WEEK), by(BEN, ago=2 * WEEK)
    looks = [JOIN - WEEK, JOIN, LATER]
    assert {credited(*touches, arrived_at=None, now=now) for now in looks} == {(ANA, "late")}


def test_only_sure_enough_signs_pay():
    assert [each for each in Confidence if each.pays] == [Confidence.EXACT, Confidence.PROBABLE]


moments = st.integers(-200, 30).map(lambda hours: JOIN + timedelta(hours=hours))
touches = st.lists(st.builds(lambda who, at: Touch(who, f"code-{who}", at), st.integers(1, 3), moments), max_size=5)
claims = st.lists(st.builds(Claim, st.integers(1, 3), moments), max_size=3)
terms = st.sampled_from([FIRST, LAST, Attribution(window=timedelta(hours=5))])
arrivals = st.none() | st.just(JOIN)


@given(touches, claims, terms, arrivals, st.randoms(use_true_random=False))
def test_the_order_in_which_signs_are_heard_of_does_not_matter(touches, claims, terms, arrived_at, random):
    mixed = random.sample(touches, len(touches)), random.sample(claims, len(claims))
    case = {"terms": terms, "arrived_at": arrived_at, "now": LATER}
    assert attribute(*mixed, **case) == attribute(touches, claims, **case)


@given(touches, claims, terms, arrivals)
def test_signs_heard_of_twice_count_once(touches, claims, terms, arrived_at):
    case = {"terms": terms, "arrived_at": arrived_at, "now": LATER}
    assert attribute(touches * 2, claims * 2, **case) == attribute(touches, claims, **case)


@given(touches, claims, terms, arrivals)
def test_the_credit_is_for_one_of_the_signs(touches, claims, terms, arrived_at):
    found = attribute(touches, claims, terms, arrived_at=arrived_at, now=LATER)
    assert (found is None) == (not touches and not claims)
    if found is not None:
        signs = {(touch.advocate, touch.at) for touch in touches} | {(claim.advocate, claim.at) for claim in claims}
        assert (found.advocate, found.at) in signs


@given(touches, st.integers(1, 300), terms)
def test_once_a_friend_has_arrived_a_later_touch_never_takes_an_exact_credit(known, hours, terms):
    later = Touch(9, "code-9", JOIN + timedelta(hours=hours))
    before = credit(by(ANA, ago=timedelta(hours=5)), *known, terms=terms)
    assert before.confidence is Confidence.EXACT
    assert credit(by(ANA, ago=timedelta(hours=5)), *known, later, terms=terms) == before

from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chats import Membership, Sight, observe

T0 = datetime(2026, 12, 1, tzinfo=UTC)
JOINED, LEFT, PRESENT, ABSENT, SPOKE = Sight.JOINED, Sight.LEFT, Sight.PRESENT, Sight.ABSENT, Sight.SPOKE


def at(minute):
    return T0 + timedelta(minutes=minute)


def known(*sights):
    """What is known after these: (sight, minute) or (sight, minute, order)."""
    return reduce(lambda state, each: observe(state, each[0], at(each[1]), *each[2:]), sights, Membership())


def test_a_join_is_an_arrival():
    member = known((JOINED, 1))
    assert (member.present, member.arrived_at, member.joined_at) == (True, at(1), at(1))


def test_who_is_found_there_has_not_arrived_as_far_as_we_know():
    assert known((PRESENT, 1)).arrived_at is None


def test_who_was_not_there_and_is_there_has_arrived_between():
    assert known((ABSENT, 1), (PRESENT, 5)).arrived_at == at(5)


def test_who_was_there_before_the_answer_that_they_are_not_has_not_arrived():
    assert known((PRESENT, 1), (ABSENT, 2), (PRESENT, 3)).arrived_at is None


def test_a_join_after_they_were_found_there_is_no_first_arrival():
    assert known((PRESENT, 1), (LEFT, 2), (JOINED, 3)).arrived_at is None


def test_who_leaves_was_there():
    member = known((LEFT, 3))
    assert (member.present, member.first_present_at, member.arrived_at) == (False, at(3), None)


def test_the_first_join_stays_the_arrival_and_the_last_begins_the_stay():
    member = known((JOINED, 1), (LEFT, 2), (JOINED, 3))
    assert (member.arrived_at, member.joined_at, member.left_at, member.present) == (at(1), at(3), at(2), True)


def test_the_stay_begins_with_the_join_or_with_the_first_sign_of_presence():
    assert known((JOINED, 1), (PRESENT, 5)).stays_since == at(1)
    assert known((ABSENT, 1), (PRESENT, 5), (PRESENT, 6)).stays_since == at(5)


def test_the_stay_of_one_who_came_back_unseen_begins_when_they_were_last_known_to_be_away():
    member = known((JOINED, 1), (LEFT, 2), (PRESENT, 5), (PRESENT, 9))
    assert (member.present, member.stays_since) == (True, at(2))


def test_a_leave_heard_of_after_they_were_found_again_changes_nothing_of_that():
    assert known((JOINED, 1), (PRESENT, 5), (LEFT, 2)) == known((JOINED, 1), (LEFT, 2), (PRESENT, 5))


def test_a_leave_before_anything_else_begins_no_stay():
    assert known((PRESENT, 1), (LEFT, 5)) == known((LEFT, 5), (PRESENT, 1))


def test_speaking_proves_no_membership():
    member = known((SPOKE, 1), (SPOKE, 2))
    assert (member.messages, member.present, member.first_present_at) == (2, None, None)


@pytest.mark.parametrize("sights", list(permutations([(JOINED, 1, 7), (LEFT, 1, 8), (JOINED, 1, 9)])))
def test_within_a_second_the_platforms_order_counts(sights):
    assert known(*sights).present is True
    assert known(*sights[:2]).present is (max(sights[:2], key=lambda each: each[2])[0] is JOINED)


def test_of_two_answers_in_the_same_second_the_better_one_counts_and_is_checked_before_a_reward():
    assert known((PRESENT, 1), (ABSENT, 1)) == known((ABSENT, 1), (PRESENT, 1))
    assert known((PRESENT, 1), (ABSENT, 1)).present is True


sight = st.tuples(st.sampled_from(list(Sight)), st.integers(0, 8), st.integers(0, 2))
history = st.lists(sight, max_size=8)


@given(history, st.randoms(use_true_random=False))
def test_the_order_of_hearing_does_not_matter(sights, random):
    shuffled = random.sample(sights, len(sights))
    assert known(*shuffled) == known(*sights)


@given(history)
def test_hearing_twice_changes_nothing_but_the_number_of_messages(sights):
    again = [each for each in sights if each[0] is not SPOKE]
    assert known(*sights, *again) == known(*sights)


@given(history)
def test_what_is_known_makes_sense(sights):
    member = known(*sights)
    times = [each[1] for each in sights if each[0] is not SPOKE]
    assert (member.told_at is None) == (not times)
    assert member.told_at == (at(max(times)) if times else None)
    if member.present:
        assert member.first_present_at is not None
    if member.first_present_at is not None:
        assert member.arrived_at in (None, member.first_present_at)
    assert member.messages == sum(each[0] is SPOKE for each in sights)

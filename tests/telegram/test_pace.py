from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.telegram import pace as pace_module
from bots.telegram.pace import Pace

START = datetime(2026, 12, 1, tzinfo=UTC)
SECOND, MINUTE, TICK = timedelta(seconds=1), timedelta(minutes=1), timedelta(microseconds=1)
ANA, BEN, GROUP, CHANNEL = 1, 2, -1, -2

# Who is written to, and how long after the one before somebody wants to.
wishes = st.lists(
    st.tuples(
        st.sampled_from([ANA, BEN, GROUP, CHANNEL, None, *range(100, 140)]),
        st.sampled_from([0, 0, 0, 0, 1, 10, 900, 1000, 1001, 5000, 61_000]),
    ),
    max_size=200,
)
busy_group = st.lists(
    st.tuples(st.sampled_from([GROUP, GROUP, GROUP, ANA, None]), st.sampled_from([0, 0, 500, 1000])), max_size=80
)


def send(pace: Pace, wishes: Sequence[tuple[int | None, int]]) -> list[tuple[int | None, datetime, datetime]]:
    """Send these as early as allowed; when each was wanted, and when it went out."""
    now, sent = START, []
    for chat, after in wishes:
        now += timedelta(milliseconds=after)
        wanted, now = now, pace.slot(chat, now)
        pace.sent(chat, now)
        sent.append((chat, wanted, now))
    return sent


def allowed(before: Sequence[tuple[int | None, datetime]], chat: int | None, at: datetime) -> bool:
    """Telegram's limits, as they are written down."""
    in_all = sum(at - SECOND < time for _, time in before)
    here = [time for other, time in before if other == chat and chat is not None]
    in_chat = sum(at - SECOND < time for time in here)
    in_group = sum(at - MINUTE < time for time in here) if chat is not None and chat < 0 else 0
    return in_all < 30 and in_chat < 1 and in_group < 20


@given(wishes | busy_group)
def test_no_window_ever_has_more_than_the_limit(wishes: list[tuple[int | None, int]]):
    sent = [(chat, at) for chat, _, at in send(Pace(), wishes)]
    for index, (chat, at) in enumerate(sent):
        assert allowed(sent[:index], chat, at)


@given(wishes | busy_group)
def test_nobody_waits_longer_than_the_limits_demand(wishes: list[tuple[int | None, int]]):
    sent = send(Pace(), wishes)
    for index, (chat, wanted, at) in enumerate(sent):
        before = [(other, time) for other, _, time in sent[:index]]
        assert at == wanted or not allowed(before, chat, at - TICK)


@given(wishes, st.sampled_from([ANA, GROUP]), st.integers(0, 120))
def test_a_pause_of_one_chat_changes_nothing_for_the_others(
    wishes: list[tuple[int | None, int]], chat: int, seconds: int
):
    pace, until = Pace(), START + timedelta(seconds=seconds)
    pace.refused(chat, until, START)
    others = [wish for wish in wishes if wish[0] != chat]
    assert send(pace, others) == send(Pace(), others)
    assert pace.slot(chat, START) >= until


def test_a_second_message_to_a_person_waits_a_second():
    pace = Pace()
    pace.sent(ANA, START)
    assert pace.slot(ANA, START) == START + SECOND
    assert pace.slot(BEN, START) == START


def test_the_21st_message_to_a_group_waits_for_the_minute_to_be_over():
    pace = Pace()
    for n in range(20):
        pace.sent(GROUP, START + n * SECOND)
    assert pace.slot(GROUP, START + 20 * SECOND) == START + MINUTE


def test_the_31st_message_of_a_second_waits():
    pace = Pace()
    for n in range(30):
        pace.sent(n + 1, START + n * timedelta(milliseconds=10))
    assert pace.slot(99, START + timedelta(milliseconds=300)) == START + SECOND
    assert pace.slot(None, START + timedelta(milliseconds=300)) == START + SECOND


def test_one_refusal_is_that_chats_own_but_several_are_everybodys():
    pace, until = Pace(), START + 30 * SECOND
    pace.refused(ANA, until, START)
    pace.refused(BEN, until, START)
    assert (pace.slot(ANA, START), pace.slot(BEN, START), pace.slot(3, START)) == (until, until, START)
    pace.refused(3, until + SECOND, START)
    assert pace.slot(4, START) == pace.slot(None, START) == until + SECOND


def test_refusals_that_are_over_do_not_add_up():
    pace = Pace()
    for n in range(10):
        now = START + n * MINUTE
        pace.refused(n + 1, now + SECOND, now)
        assert pace.slot(99, now) == now


def test_a_pause_is_never_shortened():
    pace = Pace()
    for chat in (ANA, None):
        pace.hold(chat, START + MINUTE)
        pace.hold(chat, START + SECOND)
        assert pace.slot(chat, START) == START + MINUTE


def test_memory_does_not_grow_with_the_number_of_members(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pace_module, "_SWEEP_AT", 50)
    pace = Pace()
    for n in range(1, 1000):
        at = START + n * SECOND
        pace.hold(n, at + SECOND)
        pace.sent(n, at)
        assert len(pace._chats) + len(pace._held) <= 60
        assert pace.slot(n, at) == at + SECOND

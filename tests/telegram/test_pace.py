from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter

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


def sent(pace: Pace, chat: int | None, at: datetime) -> None:
    pace.begin(chat, at)
    pace.end(chat, at, began=at)


def send(pace: Pace, wishes: Sequence[tuple[int | None, int]]) -> list[tuple[int | None, datetime, datetime]]:
    """Send these as early as allowed; when each was wanted, and when it went out."""
    now, times = START, []
    for chat, after in wishes:
        now += timedelta(milliseconds=after)
        wanted, now = now, pace.slot(chat, now)
        sent(pace, chat, now)
        times.append((chat, wanted, now))
    return times


def allowed(before: Sequence[tuple[int | None, datetime]], chat: int | None, at: datetime) -> bool:
    """Telegram's limits, as they are written down."""
    in_all = sum(at - SECOND < time for _, time in before)
    here = [time for other, time in before if other == chat and chat is not None]
    in_chat = sum(at - SECOND < time for time in here)
    in_group = sum(at - MINUTE < time for time in here) if chat is not None and chat < 0 else 0
    return in_all < 30 and in_chat < 1 and in_group < 20


@given(wishes | busy_group)
def test_no_window_ever_has_more_than_the_limit(wishes: list[tuple[int | None, int]]):
    times = [(chat, at) for chat, _, at in send(Pace(), wishes)]
    for index, (chat, at) in enumerate(times):
        assert allowed(times[:index], chat, at)


@given(wishes | busy_group)
def test_nobody_waits_longer_than_the_limits_demand(wishes: list[tuple[int | None, int]]):
    times = send(Pace(), wishes)
    for index, (chat, wanted, at) in enumerate(times):
        before = [(other, time) for other, _, time in times[:index]]
        assert at == wanted or not allowed(before, chat, at - TICK)


@given(
    wishes=st.lists(
        st.tuples(
            st.sampled_from([ANA, GROUP, None, *range(100, 140)]),
            st.sampled_from([0, 0, 0, 10, 900]),
            st.sampled_from([0, 30, 100, 700, 1500]),
            st.floats(0, 1),
        ),
        max_size=120,
    ),
    there=st.sampled_from([0, 5, 60]),
    back=st.sampled_from([0, 5, 60]),
)
def test_the_limits_hold_whenever_telegram_counts_a_message(
    wishes: list[tuple[int | None, int, int, float]], there: int, back: int
):
    """Many are under way at once, at most one of them in a chat. Each is counted at some time of its way, after the way
    there and before the way back; now and then one takes no longer than these."""
    pace, now = Pace(), START
    under_way: list[tuple[datetime, int | None, datetime]] = []
    counted: list[tuple[datetime, int | None]] = []
    for number, (chat, after, slow, share) in enumerate(wishes):
        late = slow if number % 10 else 0
        length = there + late + back
        now += timedelta(milliseconds=after)
        while True:
            under_way.sort(key=itemgetter(0))
            while under_way and under_way[0][0] <= now:
                end, other, began = under_way.pop(0)
                pace.end(other, end, began=began)
            is_busy = len(under_way) == 20 or (chat is not None and chat in [other for _, other, _ in under_way])
            next_at = under_way[0][0] if is_busy else pace.slot(chat, now)
            if next_at <= now:
                break
            now = min([next_at, *(end for end, _, _ in under_way)])
        pace.begin(chat, now)
        under_way.append((now + timedelta(milliseconds=length), chat, now))
        counted.append((now + timedelta(milliseconds=there) + share * timedelta(milliseconds=late), chat))
    for at, chat in counted:
        assert sum(at - SECOND < other <= at for other, _ in counted) <= 30
        here = [other for other, there in counted if there == chat and chat is not None]
        assert sum(at - SECOND < other <= at for other in here) <= 1
        if chat == GROUP:
            assert sum(at - MINUTE < other <= at for other in here) <= 20


@given(wishes, st.sampled_from([ANA, GROUP]), st.integers(0, 120))
def test_a_pause_of_one_chat_changes_nothing_for_the_others(
    wishes: list[tuple[int | None, int]], chat: int, seconds: int
):
    pace, until = Pace(), START + timedelta(seconds=seconds)
    pace.refused(chat, until, START)
    others = [wish for wish in wishes if wish[0] != chat]
    assert send(pace, others) == send(Pace(), others)
    assert pace.slot(chat, START) >= until


@pytest.mark.parametrize("trip", [20, 100, 400])
def test_how_long_a_call_takes_costs_nothing_of_the_rate(trip: int):
    pace, now, length = Pace(), START, timedelta(milliseconds=trip)
    under_way: list[datetime] = []
    begun: list[datetime] = []
    while now < START + 30 * SECOND:
        while under_way and under_way[0] <= now:
            end = under_way.pop(0)
            pace.end(None, end, began=end - length)
        if (slot := pace.slot(None, now)) > now:
            now = min([slot, *under_way])
            continue
        pace.begin(None, now)
        under_way.append(now + length)
        begun.append(now)
    after_the_first = [at for at in begun if at >= START + 5 * SECOND]
    assert len(after_the_first) >= 0.99 * 30 * 25


def test_after_a_refusal_nothing_is_taken_for_granted():
    pace, trip = Pace(), timedelta(milliseconds=100)
    for n in range(60):
        at = START + n * SECOND
        pace.begin(None, at)
        pace.end(None, at + trip, began=at)
    now = START + MINUTE
    pace.refused(ANA, now, now)
    for _ in range(30):
        pace.begin(None, now)
    for _ in range(30):
        pace.end(None, now + trip, began=now)
    assert pace.slot(None, now + trip) == now + trip + SECOND


def test_a_second_message_to_a_person_waits_a_second():
    pace = Pace()
    sent(pace, ANA, START)
    assert pace.slot(ANA, START) == START + SECOND
    assert pace.slot(BEN, START) == START


def test_the_21st_message_to_a_group_waits_for_the_minute_to_be_over():
    pace = Pace()
    for n in range(20):
        sent(pace, GROUP, START + n * SECOND)
    assert pace.slot(GROUP, START + 20 * SECOND) == START + MINUTE


def test_the_31st_message_of_a_second_waits():
    pace = Pace()
    for n in range(30):
        sent(pace, n + 1, START + n * timedelta(milliseconds=10))
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
    pace.refused(ANA, START + MINUTE, START)
    pace.refused(ANA, START + SECOND, START)
    assert (pace.slot(ANA, START), pace.slot(BEN, START)) == (START + MINUTE, START)
    pace.close(START + 2 * MINUTE)
    pace.close(START + SECOND)
    assert pace.slot(ANA, START) == pace.slot(None, START) == START + 2 * MINUTE


def test_memory_does_not_grow_with_the_number_of_members(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pace_module, "_SWEEP_AT", 50)
    pace = Pace()
    for n in range(1, 1000):
        at = START + n * SECOND
        sent(pace, n, at)
        assert len(pace._chats) <= 50
        assert pace.slot(n, at) == at + SECOND

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.campaign.rules import ends_at, is_open, state
from core.campaign.values import State, Window

STARTS = datetime(2026, 12, 1, 8, tzinfo=UTC)
ENDS = STARTS + timedelta(days=30)
SECOND = timedelta(seconds=1)
WINDOW = Window(timezone="Europe/Paris", starts=STARTS, ends=ENDS)
ENDLESS = Window(timezone="Europe/Paris", starts=STARTS)


def state_at(now, *, window=WINDOW, paused_at=None, stopped_at=None):
    return state(window, paused_at=paused_at, stopped_at=stopped_at, now=now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (STARTS - SECOND, State.SCHEDULED),
        (STARTS, State.RUNNING),
        (ENDS - SECOND, State.RUNNING),
        (ENDS, State.ENDED),
    ],
)
def test_it_runs_from_its_start_until_just_before_its_end(now, expected):
    assert state_at(now) is expected
    assert is_open(WINDOW, None, at=now) is (expected is State.RUNNING)


def test_without_an_end_it_runs_until_it_is_stopped():
    assert state_at(STARTS + timedelta(days=4000), window=ENDLESS) is State.RUNNING
    assert state_at(ENDS, window=ENDLESS, stopped_at=ENDS) is State.ENDED


@pytest.mark.parametrize("stopped_at", [ENDS - SECOND, ENDS + SECOND])
def test_the_earlier_of_end_and_stop_counts(stopped_at):
    assert ends_at(WINDOW, stopped_at) == min(ENDS, stopped_at)


def test_what_was_paused_is_paused_only_while_it_runs():
    assert state_at(STARTS - SECOND, paused_at=STARTS) is State.SCHEDULED
    assert state_at(STARTS, paused_at=STARTS) is State.PAUSED
    assert state_at(ENDS, paused_at=STARTS) is State.ENDED


def test_a_pause_closes_no_door():
    assert is_open(WINDOW, None, at=STARTS)


def test_stopped_before_it_began_it_is_over():
    assert state_at(STARTS - SECOND, stopped_at=STARTS - timedelta(days=1)) is State.ENDED
    assert not is_open(WINDOW, STARTS - timedelta(days=1), at=STARTS)


PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize("fold", [0, 1])
def test_in_the_night_when_clocks_go_back_the_hour_that_comes_twice_is_two_hours(fold):
    """02:30 in Paris comes at 00:30 and at 01:30 UTC."""
    starts = datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=PARIS).astimezone(UTC)
    window = Window(timezone="Europe/Paris", starts=starts, ends=starts + timedelta(hours=1))
    assert starts == datetime(2026, 10, 25, 0 + fold, 30, tzinfo=UTC)
    ends = window.ends.astimezone(PARIS)
    assert (ends.hour, ends.minute) == ((2, 30) if fold == 0 else (3, 30))
    assert state_at(starts, window=window) is State.RUNNING
    assert state_at(window.ends - SECOND, window=window) is State.RUNNING
    assert state_at(window.ends, window=window) is State.ENDED


def test_over_the_night_when_clocks_go_forward_a_day_has_twenty_three_hours():
    starts, ends = (datetime(2027, 3, day, 12, tzinfo=PARIS).astimezone(UTC) for day in (27, 28))
    window = Window(timezone="Europe/Paris", starts=starts, ends=ends)
    assert state_at(starts + timedelta(hours=23) - SECOND, window=window) is State.RUNNING
    assert state_at(starts + timedelta(hours=23), window=window) is State.ENDED


moments = st.integers(0, 730 * 24).map(lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
windows = st.builds(Window, timezone=st.just("Europe/Paris"), starts=moments, ends=st.none() | moments)
order = [State.SCHEDULED, State.RUNNING, State.PAUSED, State.ENDED]


@given(windows, st.none() | moments, moments, moments)
def test_a_campaign_never_goes_back_in_its_life(window, stopped_at, one, other):
    earlier, later = (
        order.index(state(window, paused_at=None, stopped_at=stopped_at, now=now)) for now in sorted([one, other])
    )
    assert earlier <= later


@given(windows, st.none() | moments, moments, st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kathmandu"]))
def test_by_whose_clock_it_is_asked_does_not_matter(window, stopped_at, now, zone):
    there = now.astimezone(ZoneInfo(zone))
    assert is_open(window, stopped_at, at=there) == is_open(window, stopped_at, at=now)
    assert is_open(window, stopped_at, at=now) == (
        state(window, paused_at=None, stopped_at=stopped_at, now=now) is State.RUNNING
    )

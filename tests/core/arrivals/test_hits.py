"""Which stay the members search speaks of: people come back within a second, and it may tell less than the moment."""

from datetime import UTC, datetime, timedelta

import pytest

from core.arrivals import Hit

CAME = datetime(2026, 12, 1, 12, 0, 5, 123456, tzinfo=UTC)


def hit(at: datetime) -> Hit:
    return Hit(account=1, joined_at=at)


@pytest.mark.parametrize("told", [CAME, CAME.replace(microsecond=123000), CAME.replace(microsecond=0)])
def test_a_hit_is_of_the_stay_that_began_then_as_far_as_it_tells(told: datetime) -> None:
    assert hit(told).is_of(CAME)


@pytest.mark.parametrize("later", [timedelta(microseconds=1), timedelta(milliseconds=75), timedelta(seconds=1)])
def test_a_hit_of_another_stay_says_nothing_about_this_one(later: timedelta) -> None:
    assert not hit(CAME + later).is_of(CAME)
    assert not hit(CAME).is_of(CAME + later)

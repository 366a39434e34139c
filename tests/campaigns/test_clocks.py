"""The two nights in which clocks change, and a worker that comes late: everything once, nothing left out."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from campaigns import heart
from campaigns.schedule import do_due
from core import members, occurrences
from core.campaign.values import Do, Job, Window
from core.clock import SystemClock
from tests.clock import FakeClock
from tests.people import ANA, ORGANIZER, Town, a_campaign
from tests.waiting import until

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)
NIGHTS = [datetime(2026, 10, 25, tzinfo=PARIS), datetime(2027, 3, 28, tzinfo=PARIS)]


async def town_in(db, first, last, **changes):
    town = Town(db, FakeClock(first.astimezone(UTC)))
    async with db.begin() as tx:
        await members.meet(tx, [ORGANIZER, ANA], now=town.now)
    window = Window(timezone="Europe/Paris", starts=first.astimezone(UTC), ends=last and last.astimezone(UTC))
    await town.apply(replace(a_campaign(**changes), window=window))
    await town.code_of(ANA)
    return town


async def over(town, name):
    """When everything of this name was due that is over, and what became of it."""
    async with town.db.read() as tx:
        found = await occurrences.history(tx, 1, limit=100)
    return sorted((each.due_at, each.state) for each in found if each.name.startswith(name) and each.state != "due")


async def pass_hours(town, last, step=timedelta(minutes=30)):
    while town.now < last:
        town.clock.advance(seconds=step.total_seconds())
        while await do_due(town.db, town.clock):
            pass


@pytest.mark.parametrize("night", NIGHTS, ids=["back", "forward"])
@pytest.mark.parametrize("do", Do)
@pytest.mark.parametrize("hour", ["30 2", "0 3", "0 9"])
async def test_over_both_nights_each_kind_of_job_is_done_every_day_and_once(db, night, do, hour):
    to = "organizers" if do is Do.DIGEST else None
    town = await town_in(db, night - DAY, None, schedule=(Job(do=do, cron=f"{hour} * * *", to=to),))
    await pass_hours(town, (night + 2 * DAY).astimezone(UTC))
    found = await over(town, do.value)
    days = [at.astimezone(PARIS).date() for at, state in found if state == "done"]
    assert days == [(night + n * DAY).date() for n in (-1, 0, 1)]
    usual = [at.astimezone(PARIS).strftime("%-M %-H") for at, _ in (found[0], found[-1])]
    assert usual == [hour, hour]


@pytest.mark.parametrize("night", NIGHTS, ids=["back", "forward"])
async def test_start_end_and_results_come_once_over_both_nights(db, night):
    """What has a time of its own is that moment, whatever the clocks show."""
    town = await town_in(db, night + timedelta(minutes=90), night + timedelta(hours=4))
    await pass_hours(town, (night + 6 * DAY).astimezone(UTC))
    for name in ("start", "end", "results"):
        assert [state for _, state in await over(town, name)] == ["done"]


@pytest.mark.parametrize("night", NIGHTS, ids=["back", "forward"])
async def test_half_an_hour_apart_stays_so_but_for_the_hour_that_comes_twice(db, night):
    town = await town_in(db, night, None, schedule=(Job(do=Do.LEADERBOARD, cron="*/30 * * * *"),))
    await pass_hours(town, (night + timedelta(hours=6)).astimezone(UTC), timedelta(minutes=10))
    times = [at for at, _ in await over(town, "leaderboard")]
    gaps = {later - earlier for earlier, later in pairwise(times)}
    assert gaps <= {timedelta(minutes=30), timedelta(minutes=90)}


async def test_a_worker_whose_loop_is_blocked_does_everything_late(db):
    """S4."""
    now = SystemClock().now()
    town = Town(db, SystemClock())
    async with db.begin() as tx:
        await members.meet(tx, [ORGANIZER], now=now)
    window = Window(timezone="UTC", starts=now + timedelta(seconds=2), ends=now + timedelta(seconds=3))
    await town.apply(replace(a_campaign(), window=window))
    stop = asyncio.Event()
    beating = asyncio.create_task(heart.beat(db, SystemClock(), stop))
    await asyncio.sleep(0)
    time.sleep(5)  # noqa: ASYNC251 (that nothing else goes on is the point)

    async def both():
        return [state for name in ("start", "end") for _, state in await over(town, name)] == ["done", "done"]

    await until(both)
    stop.set()
    await beating

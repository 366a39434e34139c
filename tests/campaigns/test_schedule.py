import asyncio
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.heart import sweep
from campaigns.schedule import do_due, times
from core import members, occurrences, outbox
from core.campaign.values import Do, Job
from core.database import DatabaseUnavailableError, rows_of, table_of
from core.journal.table import FactRow
from core.outbox.table import OutboxRow
from tests.clock import FakeClock
from tests.people import (
    ANA,
    ATELIER,
    BEN,
    ENDS,
    FLO,
    GUS,
    ORGANIZER,
    SALON,
    STARTS,
    Town,
    a_campaign,
    a_person,
    assert_audited,
    joined,
    started,
)

PARIS = ZoneInfo("Europe/Paris")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAILY_BOARD = Job(do=Do.LEADERBOARD, cron="0 18 * * *")
DAILY_REMINDER = Job(do=Do.REMINDER, cron="0 12 * * *")


def local(cron, first, last, zone="Europe/Paris"):
    """When a job is due between two local times, on the clocks of the zone, and in UTC."""
    job = Job(do=Do.LEADERBOARD, cron=cron)
    begin, end = (datetime.fromisoformat(each).replace(tzinfo=ZoneInfo(zone)) for each in (first, last))
    return list(takewhile(lambda at: at < end, times(job, zone, after=begin)))


# When.


def test_a_daily_job_keeps_its_hour_over_the_nights_when_clocks_change():
    for first, last in (("2026-10-23", "2026-10-28"), ("2027-03-26", "2027-03-31")):
        found = local("0 18 * * *", first, last)
        assert [at.astimezone(PARIS).hour for at in found] == [18] * 5
        assert all(at.tzinfo is UTC for at in found)


def test_what_is_due_in_the_hour_that_comes_twice_is_done_once():
    assert len(local("30 2 * * *", "2026-10-24", "2026-10-27")) == 3


def test_what_is_due_in_the_hour_that_does_not_come_is_not_lost():
    found = local("30 2 * * *", "2027-03-27", "2027-03-30")
    assert [at.astimezone(PARIS).day for at in found] == [27, 28, 29]


def test_over_those_nights_a_frequent_job_never_comes_twice_and_goes_on_afterwards():
    forward = local("*/30 * * * *", "2027-03-28", "2027-03-28T06:00")
    assert {later - earlier for earlier, later in pairwise(forward)} == {HOUR / 2}
    back = local("*/30 * * * *", "2026-10-25", "2026-10-25T06:00")
    assert {later - earlier for earlier, later in pairwise(back)} == {HOUR / 2, HOUR * 1.5}


@pytest.mark.parametrize("now", ["2026-10-25T00:30:00", "2026-10-25T00:30:01", "2026-10-25T01:10:00"])
def test_when_it_is_asked_in_that_night_does_not_change_what_is_due(now):
    """02:30 in Paris, which was at 00:30 UTC, does not come again at 01:30 UTC."""
    after = datetime.fromisoformat(now).replace(tzinfo=UTC)
    due_at = next(times(Job(do=Do.REMINDER, cron="30 2 * * *"), "Europe/Paris", after=after))
    assert due_at == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


crons = st.sampled_from(
    ["0 18 * * *", "30 2 * * *", "0 3 * * *", "*/30 * * * *", "0 * * * *", "0 9 1 * *", "5 0 * * 1"]
)
zones = st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
moments = st.integers(0, 500 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(crons, zones, moments)
@settings(deadline=None)
def test_due_times_only_go_forward_and_begin_after_what_was_given(cron, zone, after):
    found = list(islice(times(Job(do=Do.REMINDER, cron=cron), zone, after=after), 8))
    assert found == sorted(set(found))
    assert found[0] > after


@given(zones, moments, st.integers(0, 23), st.sampled_from([0, 30]))
@settings(deadline=None)
def test_a_daily_job_comes_every_day_and_once(zone, after, hour, minute):
    job = Job(do=Do.REMINDER, cron=f"{minute} {hour} * * *")
    days = [at.astimezone(ZoneInfo(zone)).date() for at in islice(times(job, zone, after=after), 10)]
    assert {later - earlier for earlier, later in pairwise(days)} == {DAY}


# What.


@pytest.fixture
async def town(db):
    """A campaign that begins in an hour. Ana and Ben are to become its advocates."""
    return await begun(db)


async def begun(db, **changes):
    town = Town(db, FakeClock(STARTS - HOUR))
    async with db.begin() as tx:
        await members.meet(tx, [ORGANIZER, ANA, BEN], now=town.now)
    await town.apply(a_campaign(**changes))
    return town


async def do_all(town):
    """Do everything that is due; say how many there were."""
    count = 0
    while await do_due(town.db, town.clock):
        count += 1
    return count


async def until(town, at):
    town.clock.advance(seconds=(at - town.now).total_seconds())
    return await do_all(town)


async def news(town):
    """What waits to go out: to whom, and what."""
    async with town.db.read() as tx:
        found = await rows_of(tx, table_of(OutboxRow).select().order_by(table_of(OutboxRow).c.id))
    return [(row.address, row.content["news"]) for row in found if row.kind == "news"]


async def past(town, state):
    applied = await town.campaign()
    async with town.db.read() as tx:
        found = await occurrences.history(tx, applied.id, limit=100)
    return [(each.name.split()[0], each.due_at) for each in reversed(found) if each.state == state]


async def a_leader(town):
    """Ana has brought a friend who has stayed."""
    code = await town.code_of(ANA)
    await town.take(started(FLO, town.now, code), joined(FLO, town.now))
    town.there.add(FLO.account)
    town.clock.advance(days=4)
    await town.settle()


async def test_nothing_is_done_before_its_time(town):
    town.clock.advance(seconds=3599)
    assert await do_all(town) == 0
    assert await news(town) == []


async def test_the_organizers_hear_of_the_start_and_of_the_end_once(town):
    assert await until(town, STARTS) == 1
    assert await news(town) == [(ORGANIZER.account.id, "campaign_started")]
    assert await until(town, ENDS) == 1
    assert await do_all(town) == 0
    assert await news(town) == [
        (ORGANIZER.account.id, "campaign_started"),
        (ORGANIZER.account.id, "campaign_ended"),
    ]
    assert [name for name, _ in await past(town, "done")] == ["start", "end"]
    await assert_audited(town.db)


async def test_an_organizer_who_cannot_be_written_to_is_not(town):
    async with town.db.begin() as tx:
        await members.unreachable(tx, ORGANIZER.account)
    assert await until(town, STARTS) == 1
    assert await news(town) == []


async def test_what_was_done_is_in_the_journal(town):
    await until(town, STARTS)
    async with town.db.read() as tx:
        [line] = await rows_of(tx, table_of(FactRow).select())
    assert (line.kind, line.data["occurrence"], line.data["note"]) == ("occurred", "start", "told 1 organizers")


async def test_the_leaderboard_is_posted_in_every_chat_each_time(db):
    town = await begun(db, schedule=(DAILY_BOARD,))
    await until(town, STARTS)
    await a_leader(town)
    await town.deliver()
    await do_all(town)
    await town.deliver()
    town.heard.clear()
    for day in (5, 6):
        await until(town, STARTS.replace(hour=17) + day * DAY)
        await town.deliver()
    assert sorted(town.heard) == [(ATELIER, "leaderboard")] * 2 + [(SALON, "leaderboard")] * 2
    await assert_audited(db)


async def test_or_only_where_the_file_says(db):
    town = await begun(db, schedule=(Job(do=Do.LEADERBOARD, cron="0 18 * * *", where=("salon",)),))
    await until(town, STARTS)
    await a_leader(town)
    await until(town, STARTS.replace(hour=17) + 5 * DAY)
    assert {address for address, what in await news(town) if what == "leaderboard"} == {SALON}


async def test_an_empty_leaderboard_is_not_posted(db):
    town = await begun(db, schedule=(DAILY_BOARD,))
    await until(town, STARTS)
    await until(town, STARTS.replace(hour=17))
    assert [what for _, what in await news(town)] == ["campaign_started"]
    assert [name for name, _ in await past(town, "done")] == ["start", "leaderboard"]


async def test_of_those_missed_only_the_last_is_done_and_the_first_is_reported_for_all(db):
    town = await begun(db, schedule=(DAILY_REMINDER,))
    await until(town, STARTS)
    await town.code_of(ANA)
    noon = STARTS.replace(hour=11)  # in Paris
    await until(town, noon + 3 * DAY + HOUR)
    assert await past(town, "missed") == [("reminder", noon)]
    assert await past(town, "done") == [("start", STARTS), ("reminder", noon + 3 * DAY)]
    assert ("reminder", noon + 4 * DAY) in await past(town, "due")
    assert [address for address, what in await news(town) if what == "reminder"] == [ANA.account.id]


async def test_a_leaderboard_that_is_late_by_hours_is_not_posted(db):
    town = await begun(db, schedule=(DAILY_BOARD,))
    await until(town, STARTS)
    await a_leader(town)
    await do_all(town)
    await town.deliver()
    town.heard.clear()
    due_at = (await past(town, "due"))[0][1]
    await until(town, due_at + 6 * HOUR + timedelta(seconds=1))
    await town.deliver()
    assert town.heard == []
    assert ("leaderboard", due_at) in await past(town, "missed")
    assert ("leaderboard", due_at + DAY) in await past(town, "due")


async def test_start_and_end_are_done_however_late(town):
    await until(town, ENDS + 30 * DAY)
    assert [name for name, _ in await past(town, "done")] == ["start", "end"]


async def test_after_the_end_nothing_more_is_expected(db):
    town = await begun(db, schedule=(DAILY_BOARD, DAILY_REMINDER))
    await until(town, ENDS + 2 * DAY)
    assert await past(town, "due") == [("results", ENDS + 4 * DAY)]
    assert max(at for name, at in await past(town, "missed")) < ENDS


async def test_reminders_go_to_advocates_who_want_them_and_can_be_written_to(db):
    town = await begun(db, schedule=(DAILY_REMINDER,))
    await until(town, STARTS)
    shy, gone = a_person(51, "Shy", reachable=True), a_person(52, "Gone", reachable=True)
    for each in (ANA, shy, gone, GUS):
        await town.code_of(each)
    shy_id = (await town.member(shy)).id
    async with db.begin() as tx:
        await members.want_reminders(tx, shy_id, False)
        await members.unreachable(tx, gone.account)
    await until(town, STARTS + 4 * HOUR)
    assert [address for address, what in await news(town) if what == "reminder"] == [ANA.account.id]


async def test_a_changed_file_moves_what_is_expected(db):
    town = await begun(db, schedule=(DAILY_REMINDER,))
    await until(town, STARTS)
    await town.code_of(ANA)
    await town.apply(a_campaign(schedule=(Job(do=Do.REMINDER, cron="0 15 * * *"),)))
    await until(town, STARTS.replace(hour=13))
    assert [name for name, _ in await past(town, "done")] == ["start"]
    await until(town, STARTS.replace(hour=14))
    assert [name for name, _ in await past(town, "done")] == ["start", "reminder"]


async def test_a_file_that_changes_something_else_loses_nothing_that_is_due(db):
    """It was due while nobody ran, and the next start brings a new file."""
    town = await begun(db, schedule=(DAILY_REMINDER,))
    await until(town, STARTS)
    await town.code_of(ANA)
    town.clock.advance(hours=4)
    await town.apply(a_campaign(title={"*": "Bring two"}, schedule=(DAILY_REMINDER,)))
    await do_all(town)
    assert [name for name, _ in await past(town, "done")] == ["start", "reminder"]


async def patiently(work):
    for _ in range(20):
        try:
            return await work()
        except DatabaseUnavailableError:
            await asyncio.sleep(0)
    raise AssertionError("it never came through")


async def test_with_eight_processes_everything_happens_once(db):
    jobs = tuple(Job(do=Do.REMINDER, cron=f"{minute} 12 * * *") for minute in range(0, 50, 10))
    town = await begun(db, schedule=jobs)
    await patiently(lambda: town.code_of(ANA))
    await until(town, STARTS)
    town.clock.advance(hours=4)
    counts = await asyncio.gather(*(patiently(lambda: do_all(town)) for _ in range(8)))
    assert sum(counts) == 5
    assert [what for _, what in await news(town)] == ["campaign_started", "reminder"]  # one a day is enough
    assert len(await past(town, "done")) == 6
    await assert_audited(db)


# The sweep.


async def test_a_sweep_looks_at_everything_that_is_due_in_pieces(town):
    town.clock.advance(hours=2)
    code = await town.code_of(ANA)
    people = [a_person(100 + n) for n in range(7)]
    await town.take(*(fact for each in people for fact in (started(each, town.now, code), joined(each, town.now))))
    assert await sweep(town.db, town.clock, at_once=3) == 0
    town.clock.advance(days=3)
    assert await sweep(town.db, town.clock, at_once=3) == 7
    assert await sweep(town.db, town.clock, at_once=3) == 0
    async with town.db.read() as tx:
        asked = await rows_of(tx, table_of(OutboxRow).select())
    assert (
        sum(row.kind == "ask_membership" for row in asked) == 7 + 14
    )  # in the other chat when they came, in each of the two at the end
    await assert_audited(town.db)


async def test_sweeps_of_many_processes_ask_once(postgres_db):
    town = await begun(postgres_db)
    town.clock.advance(hours=2)
    code = await town.code_of(ANA)
    people = [a_person(100 + n) for n in range(7)]
    await town.take(*(fact for each in people for fact in (started(each, town.now, code), joined(each, town.now))))
    town.clock.advance(days=3)
    await asyncio.gather(*(patiently(lambda: sweep(postgres_db, town.clock, at_once=2)) for _ in range(6)))
    async with postgres_db.begin() as tx:
        claimed = await outbox.claim(tx, "telegram", now=town.now, limit=100, lease=HOUR)
    assert sum(row.kind == "ask_membership" for row in claimed) == 7 + 14
    await assert_audited(postgres_db)

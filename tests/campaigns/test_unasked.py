"""What people are written without having asked: digests and reminders."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from campaigns.acts import reminders as acts
from campaigns.schedule import do_due
from core import campaign as campaigns
from core import codes, members, occurrences, outbox, reminders
from core.campaign.values import Do, Job
from core.database import rows_of, table_of
from core.outbox.table import OutboxRow
from core.persons.joining import join
from tests.clock import FakeClock
from tests.core.persons_world import a_campaign_on_both, on_discord
from tests.people import ANA, BEN, ORGANIZER, STARTS, Town, a_campaign, a_person, assert_audited, joined, started

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEKLY = Job(do=Do.DIGEST, cron="0 8 * * *", to="organizers")
TO_ADVOCATES = Job(do=Do.DIGEST, cron="0 8 * * *", to="advocates")
NOON = Job(do=Do.REMINDER, cron="0 12 * * *")


async def begun(db, *wanted):
    town = Town(db, FakeClock(STARTS))
    async with db.begin() as tx:
        await members.meet(tx, [ORGANIZER, ANA, BEN], now=town.now)
    await town.apply(*wanted)
    return town


async def until(town, at):
    town.clock.advance(seconds=(at - town.now).total_seconds())
    await town.settle()
    while await do_due(town.db, town.clock):
        pass


async def news(town, kind):
    """Who is to be brought news of this kind, and what it says."""
    async with town.db.read() as tx:
        found = await rows_of(tx, table_of(OutboxRow).select().order_by(table_of(OutboxRow).c.id))
    return [(row.address, row.content) for row in found if row.content.get("news") == kind]


async def reminded(town):
    return sorted(address for address, _ in await news(town, "reminder"))


def morning(day):
    """Eight o'clock in Paris."""
    return STARTS.replace(hour=7) + day * DAY


def noon(day):
    return STARTS.replace(hour=11) + day * DAY


async def test_a_digest_tells_what_has_come_since_the_last_one(db):
    town = await begun(db, a_campaign(schedule=(WEEKLY,)))
    code = await town.code_of(ANA)
    first, second = a_person(101), a_person(102)
    await town.take(started(first, town.now, code), joined(first, town.now))
    await until(town, morning(1))
    await town.take(started(second, town.now, code), joined(second, town.now))
    town.there |= {first.account, second.account}
    await until(town, morning(2))
    [(address, content)] = await news(town, "digest")  # the first one has gone out
    assert address == ORGANIZER.account.id
    assert (content["come"]["starts"], content["come"]["joins"], content["come"]["advocates"]) == (1, 1, 0)
    assert town.heard.count((ORGANIZER.account.id, "digest")) == 1
    await assert_audited(db)


async def test_nothing_is_told_if_nothing_has_happened(db):
    town = await begun(db, a_campaign(schedule=(WEEKLY, TO_ADVOCATES)))
    await until(town, morning(1))
    assert await news(town, "digest") == await news(town, "digest_mine") == []
    await town.code_of(ANA)
    await until(town, morning(2))
    assert [content["come"]["advocates"] for _, content in await news(town, "digest")] == [1]
    await until(town, morning(3))
    assert len(await news(town, "digest")) == 0  # the one of the day before has gone out, and there is none besides


async def test_three_that_were_missed_come_as_one_with_all_that_has_happened(db):
    """S3."""
    town = await begun(db, a_campaign(schedule=(WEEKLY,)))
    await town.code_of(ANA)
    await until(town, morning(1))
    code = await town.code_of(BEN)
    friend = a_person(101)
    await town.take(started(friend, town.now, code), joined(friend, town.now))
    town.clock.advance(seconds=(morning(4) + HOUR - town.now).total_seconds())
    while await do_due(town.db, town.clock):
        pass
    [*_, (_, content)] = await news(town, "digest")
    assert (content["come"]["advocates"], content["come"]["starts"], content["come"]["joins"]) == (1, 1, 1)
    assert content["stands"]["missed"] == 1


async def test_organizers_hear_what_to_look_after(db):
    town = await begun(db, a_campaign(schedule=(WEEKLY,), codes={"podium": "podium.txt"}))
    async with db.begin() as tx:
        await codes.ensure(tx, 1, ["podium"])
    await town.code_of(ANA)
    await until(town, morning(1))
    [(_, content)] = await news(town, "digest")
    assert content["pools"] == [{"name": "podium", "left": 0}]


async def test_advocates_get_theirs_if_the_file_says_so_and_who_said_stop_does_not(db):
    town = await begun(db, a_campaign(schedule=(TO_ADVOCATES,)))
    await town.code_of(ANA)
    await town.code_of(BEN)
    ben = await town.member(BEN)
    async with db.begin() as tx:
        await reminders.stop(tx, ben)
    await until(town, morning(1))
    assert [address for address, _ in await news(town, "digest_mine")] == [ANA.account.id]
    assert await news(town, "digest") == []


async def test_two_digests_at_one_time_are_two(db):
    town = await begun(db, a_campaign(schedule=(WEEKLY, TO_ADVOCATES)))
    await town.code_of(ANA)
    await until(town, morning(1))
    assert len(await news(town, "digest")) == len(await news(town, "digest_mine")) == 1


async def test_nobody_is_reminded_twice_a_day_also_not_of_two_campaigns(db):
    later = Job(do=Do.REMINDER, cron="0 18 * * *")
    town = await begun(db, a_campaign(schedule=(NOON, later)), a_campaign("summer", schedule=(later,)))
    for slug in ("spring", "summer"):
        await town.code_of(ANA, slug)
    await town.code_of(BEN, "summer")
    await until(town, noon(0) + 7 * HOUR)
    told = await reminded(town) + [address for address, what in town.heard if what == "reminder"]
    assert sorted(told) == [ANA.account.id, BEN.account.id]
    await until(town, noon(1) + 7 * HOUR)
    told = await reminded(town) + [address for address, what in town.heard if what == "reminder"]
    assert sorted(told) == sorted([ANA.account.id, BEN.account.id] * 2)


async def test_a_day_is_the_campaigns_own_and_that_of_the_last_reminder(db):
    """In Tokyo it is Wednesday already when it still is Tuesday in Paris."""
    tokyo = a_campaign("tokyo", schedule=(Job(do=Do.REMINDER, cron="0 1 * * *"),))
    there = replace(tokyo, window=replace(tokyo.window, timezone="Asia/Tokyo"))
    town = await begun(db, a_campaign(schedule=(NOON,)), there)
    await town.code_of(ANA)
    await town.code_of(ANA, "tokyo")
    await until(town, noon(0))
    await until(town, STARTS.replace(hour=16))  # 01:00 of the next day in Tokyo, 17:00 of the same in Paris
    assert len(await reminded(town)) + [what for _, what in town.heard].count("reminder") == 1


async def test_a_person_with_two_accounts_is_reminded_once_a_day(db):
    discord = on_discord(ANA, reachable=True)
    later = Job(do=Do.REMINDER, cron="0 18 * * *")
    town = await begun(db, a_campaign_on_both(schedule=(NOON,)), a_campaign_on_both("summer", schedule=(later,)))
    await town.code_of(ANA)
    await town.code_of(discord, "summer")
    await until(town, noon(0))
    one, other = await town.member(ANA), await town.member(discord)
    async with db.begin() as tx:
        await join(tx, one.id, other.id, now=town.now)
    await until(town, noon(0) + 7 * HOUR)
    assert len(await reminded(town)) + [what for _, what in town.heard].count("reminder") == 1


async def test_a_paused_campaign_reminds_nobody(db):
    town = await begun(db, a_campaign(schedule=(NOON,)))
    await town.code_of(ANA)
    async with db.begin() as tx:
        await campaigns.pause(tx, 1, now=town.now)
    await until(town, noon(0))
    assert await reminded(town) == []


async def test_stop_is_heard_by_what_is_on_its_way_already(db):
    town = await begun(db, a_campaign(schedule=(NOON,)))
    await town.code_of(ANA)
    await town.code_of(BEN)
    await until(town, noon(0))
    ben = await town.member(BEN)
    async with db.begin() as tx:
        await reminders.stop(tx, ben)
    assert await reminded(town) == [ANA.account.id]
    async with db.begin() as tx:
        await reminders.again(tx, ben)
    await until(town, noon(1))
    assert BEN.account.id in await reminded(town)


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_jumps_by_an_hour_reminds_nobody_twice_and_forgets_nobody(db, hours):
    """C8: an hour back or forth, at noon and around it."""
    town = await begun(db, a_campaign(schedule=(NOON,)))
    await town.code_of(ANA)
    for day in range(4):
        for at in (noon(day) - HOUR / 2, noon(day), noon(day) + HOUR / 2):
            await until(town, at)
            town.clock.advance(hours=hours)
            await until(town, town.now)
            town.clock.advance(hours=-hours)
            await until(town, town.now)
    told = len(await reminded(town)) + [what for _, what in town.heard].count("reminder")
    assert told == 4


@pytest.mark.parametrize(("job", "kind"), [(NOON, "reminder"), (TO_ADVOCATES, "digest_mine")])
async def test_many_are_told_in_portions_each_once_at_a_steady_pace(db, monkeypatch, job, kind):
    monkeypatch.setattr(acts, "AT_ONCE", 3)
    town = await begun(db, a_campaign(schedule=(job,)))
    people = [a_person(number, reachable=True) for number in range(40, 50)]
    for each in people:
        await town.code_of(each)
    town.clock.advance(seconds=(noon(1) - town.now).total_seconds())
    while await do_due(db, town.clock):
        town.clock.advance(seconds=0.01)
        async with db.read() as tx:
            n = len(await rows_of(tx, table_of(OutboxRow).select()))
        await fails_in_the_midst(town, monkeypatch)
        async with db.read() as tx:
            assert n == len(await rows_of(tx, table_of(OutboxRow).select()))
        town.clock.advance(seconds=60)
    told = await news(town, kind)
    assert [address for address, _ in told] == [each.account.id for each in people]
    async with db.read() as tx:
        found = await rows_of(tx, table_of(OutboxRow).select().order_by(table_of(OutboxRow).c.id))
        (past,) = [
            each
            for each in await occurrences.past(tx, 1, limit=9)
            if (each.name.split()[0], each.state) == (job.do, "done")
        ]
    times = [row.due_at for row in found if row.content["news"] == kind]
    assert {later - earlier for earlier, later in pairwise(times)} == {acts.APART}
    assert "10 advocates" in past.note


async def fails_in_the_midst(town, monkeypatch):
    """The next portion is undone, and put off."""

    async def fail(*_):
        raise OSError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(outbox, "put", fail)
        await do_due(town.db, town.clock)

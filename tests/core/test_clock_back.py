"""C8: the clock is put back by an hour while a campaign runs. Nothing is done twice, and nothing is left out."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.schedule import do_due
from core import occurrences
from core.campaign.values import Do, Job, Limits, Qualify, Reward, To
from core.database import rows_of, table_of
from core.referrals.table import ReferralRow
from core.rewards.table import GrantRow
from tests.clock import FakeClock
from tests.people import ANA, BEN, ENDS, POINTS, STARTS, Town, a_campaign, a_person, assert_audited, joined, started

BACK = timedelta(hours=1)
MIDNIGHT = datetime(2026, 12, 4, 23, tzinfo=UTC)
"""In Paris, where the campaign is."""

CODE = Reward(id="code", to=To.FRIEND, kind="promo_code", setting="welcome")
PODIUM = Reward(id="podium", to=To.ADVOCATE, kind="points", setting=100, top=1)


async def a_town(db, **changes):
    town = Town(db, FakeClock(STARTS))
    await town.apply(a_campaign(**{"qualify": Qualify(stay=timedelta(hours=2)), **changes}))
    return town


def to(town, at):
    town.clock.advance(seconds=(at - town.now).total_seconds())


async def come(town, *numbers, by=ANA):
    code = await town.code_of(by)
    for number in numbers:
        friend = a_person(number, f"F{number}", reachable=True)
        town.there.add(friend.account)
        await town.take(started(friend, town.now, code), joined(friend, town.now + timedelta(seconds=1)))


async def do_all(town):
    while await do_due(town.db, town.clock):
        pass


async def rows(town, table):
    async with town.db.read() as tx:
        return await rows_of(tx, table_of(table).select())


async def counting(town):
    return sum(row.status in ("qualified", "rewarded") for row in await rows(town, ReferralRow))


async def test_in_the_midst_of_granting_each_is_granted_once(db):
    town = await a_town(db, rewards=(POINTS, CODE), codes={"welcome": "codes.txt"})
    await come(town, *range(100, 105))
    town.clock.advance(hours=1, minutes=30)
    await come(town, *range(105, 110))
    town.clock.advance(minutes=31)
    while await town.deliver():  # half of them have stayed; what is to be asked is asked
        await town.look()
    before = await counting(town)
    town.clock.advance(seconds=-BACK.total_seconds())
    await town.settle()
    assert await counting(town) >= before
    for _ in range(6):
        town.clock.advance(hours=1)
        await town.settle()
    assert await counting(town) == 10
    grants = await rows(town, GrantRow)
    assert sorted((each.reward, each.member_id) for each in grants if each.reward == "code") == sorted(
        {("code", each.member_id) for each in grants if each.reward == "code"}
    )
    assert sum(each.reward == "thanks" for each in grants) == sum(each.reward == "code" for each in grants) == 10
    await assert_audited(db)


async def test_about_midnight_a_day_has_no_more_than_it_may_and_all_count_in_the_end(db):
    town = await a_town(db, limits=Limits(per_advocate_per_day=1))
    to(town, MIDNIGHT - timedelta(hours=4))
    await come(town, *range(100, 104))
    days = []
    for step in (timedelta(hours=2, minutes=30), timedelta(hours=2), -BACK, timedelta(minutes=30), timedelta(hours=1)):
        town.clock.advance(seconds=step.total_seconds())
        await town.settle()
        days.append(await counting(town))
    assert days == [1, 2, 2, 2, 2]  # one on either side of midnight, whichever side the clock is on
    for _ in range(4):
        town.clock.advance(days=1)
        await town.settle()
    assert await counting(town) == 4
    await assert_audited(db)


@pytest.mark.parametrize("minutes", [1, 59])
async def test_what_was_done_at_its_time_is_not_done_again_when_that_time_comes_again(db, minutes):
    board = Job(do=Do.LEADERBOARD, cron="0 12 * * *")
    town = await a_town(db, schedule=(board,), rewards=(POINTS, PODIUM))
    await come(town, 100)
    for day in range(1, 4):
        noon = datetime(2026, 12, 1 + day, 11, tzinfo=UTC)
        for at in (
            noon - BACK,
            noon + timedelta(minutes=minutes),
            noon + timedelta(minutes=minutes) - BACK,
            noon + BACK,
        ):
            to(town, at)
            await town.settle()
            await do_all(town)
    done = [each for each in await past(town) if each.state == "done" and each.name.startswith("leaderboard")]
    assert sorted(each.due_at for each in done) == [datetime(2026, 12, 1 + day, 11, tzinfo=UTC) for day in range(1, 4)]


async def test_the_results_stand_however_often_their_time_comes(db):
    town = await a_town(db, rewards=(POINTS, PODIUM))
    await come(town, 100, 101)
    await come(town, 102, by=BEN)
    for _ in range(3):
        town.clock.advance(days=1)
        await town.settle()
    to(town, ENDS + timedelta(hours=2) + timedelta(days=1, minutes=1))
    await town.settle()
    await do_all(town)
    won = [each.cause for each in await rows(town, GrantRow) if each.reward == "podium"]
    town.clock.advance(seconds=-BACK.total_seconds())
    for _ in range(3):
        await town.settle()
        await do_all(town)
        town.clock.advance(minutes=40)
    assert [each.cause for each in await rows(town, GrantRow) if each.reward == "podium"] == won
    assert len(won) == 1
    assert [each.state for each in await past(town) if each.name == "results"] == ["done"]
    await assert_audited(db)


async def past(town):
    async with town.db.read() as tx:
        return await occurrences.history(tx, (await town.campaign()).id, limit=100)

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.apply import Difference, What, apply, plan
from core import chats, occurrences
from core.campaign import versions
from core.campaign.values import Do, Job, Qualify
from core.database import DatabaseUnavailableError
from tests.people import ANA, ATELIER, ENDS, FLO, POINTS, SALON, WELCOME, Town, a_campaign, joined, started

DAY = timedelta(days=1)


@pytest.fixture
def town(db, clock):
    return Town(db, clock)


async def planned(town, *wanted):
    async with town.db.read() as tx:
        return await plan(tx, wanted)


async def expected(town, slug="spring"):
    """What is due, by name and time."""
    applied = await town.campaign(slug)
    async with town.db.read() as tx:
        found = await occurrences.history(tx, applied.id, limit=100)
    return sorted((past.name, past.due_at) for past in found if past.state == "due")


async def test_a_new_campaign_is_new_and_then_unchanged(town):
    for work in (planned, Town.apply):
        [change] = await work(town, a_campaign())
        assert (change.slug, change.what, change.differences) == ("spring", What.NEW, ())
    for work in (planned, Town.apply):
        [change] = await work(town, a_campaign())
        assert (change.what, change.differences) == (What.UNCHANGED, ())
    assert (await town.campaign()).version == 1


async def test_a_plan_changes_nothing(town):
    await planned(town, a_campaign())
    assert await town.campaign() is None


async def test_applying_twice_changes_nothing_at_all(town):
    async def everything():
        async with town.db.read() as tx:
            applied = await town.campaign()
            return applied, await versions(tx, [applied.id]), await chats.communities_of(tx, [applied.id])

    await town.apply(a_campaign())
    before, due = await everything(), await expected(town)
    town.clock.advance(hours=3)
    await town.apply(a_campaign(), a_campaign())
    assert (await everything(), await expected(town)) == (before, due)


async def test_what_differs_is_said_by_its_path(town):
    await town.apply(a_campaign())
    wanted = a_campaign(
        title={"*": "Bring two"}, qualify=Qualify(stay=DAY), rewards=(WELCOME, replace(POINTS, setting=20)), ends=None
    )
    expected = (
        Difference("qualify.stay", "P3D", "P1D"),
        Difference("rewards[thanks].setting", 10, 20),
        Difference("rewards[welcome].id", None, "welcome"),
        Difference("rewards[welcome].kind", None, "message"),
        Difference("rewards[welcome].setting.en", None, "Hello!"),
        Difference("rewards[welcome].setting.fr", None, "Bonjour !"),
        Difference("rewards[welcome].to", None, "friend"),
        Difference("title.*", "Bring a friend", "Bring two"),
        Difference("window.ends", "2026-12-31T08:00:00Z", None),
    )
    for work in (planned, Town.apply):
        [change] = await work(town, wanted)
        assert (change.what, change.differences) == (What.CHANGED, expected)
    assert ((await town.campaign()).version, (await town.campaign()).campaign) == (2, wanted)


async def test_a_file_put_back_is_a_third_version(town):
    for campaign in (a_campaign(), a_campaign(ends=None), a_campaign()):
        await town.apply(campaign)
        town.clock.advance(hours=1)
    applied = await town.campaign()
    async with town.db.read() as tx:
        found = (await versions(tx, [applied.id]))[applied.id]
    assert [(version.number, version.campaign.window.ends) for version in found] == [(1, ENDS), (2, None), (3, ENDS)]


async def test_several_files_are_applied_together_or_not_at_all(town):
    [one, two] = await town.apply(a_campaign(), a_campaign("summer", chats=(SALON,)))
    assert (one.slug, two.slug) == ("spring", "summer")

    async def apply_and_break():
        async with town.db.begin() as tx:
            await apply(tx, [a_campaign(ends=None), a_campaign("autumn")], now=town.now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await apply_and_break()
    assert await town.campaign("autumn") is None
    assert (await town.campaign()).version == 1


async def test_chats_come_and_go_with_the_file(town):
    await town.apply(a_campaign())
    await town.apply(a_campaign(chats=(ATELIER,)))
    code = await town.code_of(ANA)
    await town.take(started(FLO, town.now, code), joined(FLO, town.now, chat=SALON))
    assert await town.standing(FLO) == ("pending", "not_joined", "Ana")
    assert "joins" not in await town.totals()


async def test_what_is_expected_follows_the_file(town):
    board = Job(do=Do.LEADERBOARD, cron="0 18 * * fri")
    reminder = Job(do=Do.REMINDER, cron="0 12 * * tue")
    await town.apply(a_campaign(schedule=(board,)))
    assert [name for name, _ in await expected(town)] == ["end", "leaderboard 0 18 * * fri", "results", "start"]
    await town.apply(a_campaign(schedule=(reminder, board), ends=None))
    assert [name for name, _ in await expected(town)] == [
        "leaderboard 0 18 * * fri",
        "reminder 0 12 * * tue",
        "start",
    ]
    await town.apply(a_campaign(ends=ENDS + DAY))
    results = ENDS + DAY + timedelta(days=4)  # three days to stay, and one to look at what is doubtful
    assert await expected(town) == [
        ("end", ENDS + DAY),
        ("results", results),
        ("start", a_campaign().window.starts),
    ]


async def test_pending_friends_are_looked_at_again_under_new_rules(town):
    await town.apply(a_campaign())
    code = await town.code_of(ANA)
    await town.take(started(FLO, town.now, code))
    await town.settle()
    assert await town.look() == 0
    await town.apply(a_campaign(qualify=Qualify(stay=DAY)))
    assert await town.look() == 1


async def test_a_campaign_in_a_stopped_windows_past_is_over(town):
    await town.apply(a_campaign(ends=town.now - DAY / 8))
    assert (await town.campaign()).state(town.now) == "ended"


async def patiently(work):
    for _ in range(20):
        try:
            return await work()
        except DatabaseUnavailableError:
            await asyncio.sleep(0)
    raise AssertionError("it never came through")


@pytest.mark.parametrize("known", [False, True])
async def test_applied_by_many_processes_at_once_it_is_applied_once(db, clock, known):
    """As when several processes start with the same new file."""
    town = Town(db, clock)
    if known:
        await town.apply(a_campaign())
    wanted = a_campaign(title={"*": "Bring two"})
    changes = await asyncio.gather(*(patiently(lambda: town.apply(wanted)) for _ in range(6)))
    assert sorted(change.what.value for [change] in changes) == [
        "changed" if known else "new",
        *["unchanged"] * 5,
    ]
    assert (await town.campaign()).version == (2 if known else 1)

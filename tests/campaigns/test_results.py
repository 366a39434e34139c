"""The end of a campaign: standings that are final, what the best were promised, and who is in the draws."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.schedule import do_due
from core import campaign as campaigns
from core import draws, members, occurrences, rewards
from core.audit import audit
from core.campaign.values import Holding, Reward, To
from core.database import DatabaseUnavailableError, rows_of, table_of
from core.draws.rules import Digest, Entry
from core.draws.table import DrawEntryRow
from core.intake.finals import give_top
from core.journal.table import FactRow
from core.outbox.table import OutboxRow
from core.persons.joining import join
from tests.clock import FakeClock
from tests.people import (
    ANA,
    BEN,
    ENDS,
    ORGANIZER,
    POINTS,
    STARTS,
    Town,
    a_campaign,
    a_person,
    assert_audited,
    joined,
    left,
    started,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RESULTS = ENDS + 3 * DAY + DAY
PODIUM = Reward(id="podium", to=To.ADVOCATE, kind="points", setting=100, top=2)
RAFFLE = Reward(id="raffle", to=To.ADVOCATE, kind="message", setting={"*": "A dinner"}, draw=1)
CLEO, DAN = a_person(13, "Cleo", reachable=True), a_person(14, "Dan", reachable=True)


async def begun(db, **changes):
    town = Town(db, FakeClock(STARTS))
    async with db.begin() as tx:
        await members.meet(tx, [ORGANIZER, ANA, BEN, CLEO, DAN], now=town.now)
    await town.apply(a_campaign(**{"rewards": (POINTS, PODIUM, RAFFLE), **changes}))
    return town


@pytest.fixture
async def town(db):
    return await begun(db)


async def friends(town, advocate, *numbers):
    """These come through the advocate and stay."""
    code = await town.code_of(advocate)
    people = [a_person(number, f"F{number}") for number in numbers]
    await town.take(*(fact for each in people for fact in (started(each, town.now, code), joined(each, town.now))))
    town.there |= {each.account for each in people}


async def until(town, at):
    """Let the time come as the worker would see it: everything that is due is done, what is asked is answered."""
    town.clock.advance(seconds=(at - town.now).total_seconds())
    await town.settle()
    while await do_due(town.db, town.clock):
        await town.settle()


async def on_top(town):
    """Who was granted the podium."""
    async with town.db.read() as tx:
        found = {}
        for each in (ANA, BEN, CLEO, DAN):
            member = (await members.by_account(tx, [each.account]))[each.account]
            grants = await rewards.of_member(tx, member.id)
            found[each.name] = [grant.reward for grant in grants if grant.reward == "podium" and grant.holds]
    return [name for name, given in found.items() if given]


async def frozen(town, slug="spring"):
    async with town.db.read() as tx:
        applied = await campaigns.by_slug(tx, slug)
        return await draws.of_campaign(tx, applied.id)


async def tickets(town, person):
    applied, member = await town.campaign(), await town.member(person)
    async with town.db.read() as tx:
        return await draws.tickets_of(tx, applied.id, member.id)


async def states(town):
    applied = await town.campaign()
    async with town.db.read() as tx:
        past = await occurrences.history(tx, applied.id, limit=100)
    return {(each.name, each.state): each for each in past}


async def test_they_come_when_the_last_to_come_can_have_done_what_is_asked(town):
    applied = await town.campaign()
    assert applied.results_at == RESULTS
    held = replace(applied.campaign, holding=Holding(wait=2 * DAY))
    assert replace(applied, campaign=held).results_at == RESULTS + 2 * DAY
    endless = replace(applied.campaign, window=replace(applied.campaign.window, ends=None))
    assert replace(applied, campaign=endless).results_at is None
    assert replace(applied, campaign=endless, stopped_at=ENDS - DAY).results_at == RESULTS - DAY


async def test_the_best_are_given_what_they_were_promised_once(town):
    await friends(town, ANA, 101, 102)
    await friends(town, BEN, 103, 104, 105)
    await friends(town, CLEO, 106)
    await until(town, RESULTS - timedelta(seconds=1))
    assert await on_top(town) == []
    await until(town, RESULTS)
    assert await on_top(town) == ["Ana", "Ben"]
    async with town.db.begin() as tx:
        assert [each.rewards for each in await give_top(tx, 1, now=town.now)] == [(), ()]
    assert (await town.totals())["rewards.granted"] == 6 + 2
    assert sorted(what for _, what in town.heard if what in ("results", "placed")) == ["placed", "placed", "results"]
    await assert_audited(town.db)


async def test_of_equals_whoever_was_there_first_comes_first(town):
    for number, advocate in enumerate([DAN, CLEO, BEN, ANA]):
        await friends(town, advocate, 101 + number)
        await until(town, town.now + DAY)
    await until(town, RESULTS)
    assert await on_top(town) == ["Cleo", "Dan"]


async def test_who_leaves_before_the_results_is_no_ticket_and_no_merit(town):
    await friends(town, ANA, 101, 102)
    await friends(town, BEN, 103)
    await until(town, ENDS)
    gone = a_person(102)
    town.there.discard(gone.account)
    await town.take(left(gone, town.now))
    await until(town, RESULTS)
    [draw] = await frozen(town)
    assert draw.entries == 3 - ((await town.standing(gone))[0] not in ("qualified", "rewarded"))


async def test_what_changes_later_changes_nothing(town):
    await friends(town, ANA, 101, 102)
    await friends(town, BEN, 103)
    await until(town, RESULTS)
    before, draw = await on_top(town), await frozen(town)
    for number in (101, 102):
        town.there.discard(a_person(number).account)
        await town.take(left(a_person(number), town.now))
    later = a_campaign(rewards=(POINTS, PODIUM, RAFFLE), ends=ENDS + 30 * DAY)
    await town.apply(later)
    await friends(town, CLEO, 201, 202, 203, 204)
    await until(town, ENDS + 50 * DAY)
    assert await on_top(town) == before == ["Ana", "Ben"]
    assert await frozen(town) == draw
    assert ("results", "due") not in await states(town)


async def test_a_later_end_moves_the_results_as_long_as_there_are_none(town):
    await friends(town, ANA, 101)
    await town.apply(a_campaign(rewards=(POINTS, PODIUM, RAFFLE), ends=ENDS + 10 * DAY))
    await until(town, RESULTS)
    assert await on_top(town) == []
    await until(town, RESULTS + 10 * DAY)
    assert await on_top(town) == ["Ana"]


async def test_a_campaign_without_an_end_has_results_once_it_is_given_one(db):
    town = await begun(db, ends=None)
    await friends(town, ANA, 101)
    await until(town, STARTS + 100 * DAY)
    assert await on_top(town) == []
    await town.apply(a_campaign(rewards=(POINTS, PODIUM, RAFFLE), ends=town.now))
    await until(town, town.now + 4 * DAY)
    assert await on_top(town) == ["Ana"]


async def test_while_it_is_paused_there_are_none(town):
    await friends(town, ANA, 101)
    await until(town, ENDS)
    async with town.db.begin() as tx:
        await campaigns.pause(tx, (await town.campaign()).id, now=town.now)
    await until(town, RESULTS)
    assert await on_top(town) == []
    assert (await states(town))["results", "due"].note == "the campaign is paused"
    async with town.db.begin() as tx:
        await campaigns.resume(tx, (await town.campaign()).id)
    await until(town, town.now + timedelta(minutes=1))
    assert await on_top(town) == ["Ana"]


async def test_after_downtime_people_are_asked_about_first_and_the_end_is_where_it_was(town):
    """S3: nobody was there at the end; who came after it does not count, who came before it does."""
    await friends(town, ANA, 101)
    await friends(town, BEN, 102, 103)
    code = await town.code_of(CLEO)
    town.clock.advance(seconds=(RESULTS + 5 * DAY - town.now).total_seconds())
    late = a_person(301, "Late")
    await town.take(started(late, ENDS + HOUR, code), joined(late, ENDS + HOUR))
    while await do_due(town.db, town.clock):
        pass
    assert await on_top(town) == []
    assert ("end", "done") in await states(town)
    await until(town, town.now + HOUR)
    assert await on_top(town) == ["Ana", "Ben"]
    assert (await frozen(town))[0].entries == 3
    await assert_audited(town.db)


async def test_a_friend_is_a_ticket_in_the_draws_that_were_promised_when_they_came(town):
    await friends(town, ANA, 101)
    town.clock.advance(hours=1)
    second = Reward(id="second", to=To.ADVOCATE, kind="message", setting={"*": "A book"}, draw=3)
    await town.apply(a_campaign(rewards=(POINTS, second)))
    await friends(town, ANA, 102, 103)
    await until(town, ENDS)
    assert await tickets(town, ANA) == {"raffle": 1, "second": 2}
    await until(town, RESULTS)
    assert await tickets(town, ANA) == {"raffle": 1, "second": 2}
    assert await tickets(town, BEN) == {"raffle": 0, "second": 0}
    assert [(each.reward, each.winners, each.entries) for each in await frozen(town)] == [
        ("raffle", 1, 1),
        ("second", 3, 2),
    ]


async def test_the_journal_says_what_the_entries_are_and_the_audit_finds_another_one(town):
    await friends(town, ANA, 101, 102)
    await until(town, RESULTS)
    async with town.db.read() as tx:
        [line] = [row for row in await rows_of(tx, table_of(FactRow).select()) if row.kind == "results"]
        entries = await draws.entries(tx, 1, "raffle", limit=10)
    told = Digest()
    told.add(entries[:1])
    told.add(entries[1:])
    assert line.data["draws"] == [{"reward": "raffle", "entries": 2, "sha256": told.told()}]
    assert [entry.number for entry in entries] == [0, 1]
    async with town.db.begin() as tx:
        more = {"campaign_id": 1, "reward": "raffle", "number": 2, "member_id": 1, "friend_id": 9}
        await tx.execute(table_of(DrawEntryRow).insert(), more)
        assert [each.what for each in await audit(tx)] == ["spring: draw raffle"]


def test_the_digest_can_be_recomputed_by_hand():
    told = Digest()
    told.add([Entry(number=0, member=7, friend=21), Entry(number=1, member=7, friend=22)])
    assert told.told() == hashlib.sha256(b"0 7 21\n1 7 22\n").hexdigest()


async def test_a_person_with_two_accounts_is_one_of_the_best_once(town):
    await friends(town, ANA, 101)
    await friends(town, BEN, 102)
    await friends(town, CLEO, 103)
    ana, ben = await town.member(ANA), await town.member(BEN)
    async with town.db.begin() as tx:
        await join(tx, ana.id, ben.id, now=town.now)
    await until(town, RESULTS)
    async with town.db.read() as tx:
        lines = [row.key for row in await rows_of(tx, table_of(FactRow).select()) if row.kind == "granted"]
    assert sum("/podium/" in key for key in lines) == 2
    assert await tickets(town, BEN) == {"raffle": 2}
    await assert_audited(town.db)


async def patiently(work):
    for _ in range(50):
        try:
            return await work()
        except DatabaseUnavailableError:
            await asyncio.sleep(0)
    raise AssertionError("it never came through")


async def test_with_four_processes_there_is_one_result(db):
    """S1, with the many rounds that fit into a test: each is a campaign of its own."""
    town = Town(db, FakeClock(STARTS))
    async with db.begin() as tx:
        await members.meet(tx, [ORGANIZER, ANA], now=town.now)
    rounds = 12
    await town.apply(*(a_campaign(f"round-{n}", rewards=(POINTS, PODIUM, RAFFLE)) for n in range(rounds)))
    for n in range(rounds):
        code = await town.code_of(ANA, f"round-{n}")
        friend = a_person(1000 + n)
        await town.take(started(friend, town.now, code))
    town.clock.advance(seconds=(RESULTS - town.now).total_seconds())

    async def worker():
        done = 0
        while await patiently(lambda: do_due(town.db, town.clock)):
            done += 1
            await asyncio.sleep(0)
        return done

    await asyncio.gather(*(worker() for _ in range(4)))
    town.clock.advance(hours=1)
    await asyncio.gather(*(worker() for _ in range(4)))
    async with db.read() as tx:
        lines = [row.key for row in await rows_of(tx, table_of(FactRow).select()) if row.kind == "results"]
        told = [row for row in await rows_of(tx, table_of(OutboxRow).select()) if row.content.get("news") == "results"]
    assert len(lines) == len(set(lines)) == rounds
    assert len(told) == rounds

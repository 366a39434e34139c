"""What happened while the door was off, or its session lost: read afterwards, and told as if it had been seen."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from random import Random

import pytest

from bots.sandbox.discord import ApiError, Guild, Person
from bots.sandbox.discord.faults import SEARCH
from bots.sandbox.discord.guilds import SCREENING
from core import arrivals, chats, totals
from core.campaign.values import Platform
from core.database import Database
from core.referrals import Status
from tests.clock import FakeClock
from tests.discord.conftest import campaign_in
from tests.discord.stage_races import RACES, Stage, staged
from tests.people import assert_audited

MEMBERS = "/guilds/{guild_id}/members"


@pytest.fixture
async def stage(db: Database, clock: FakeClock) -> AsyncIterator[Stage]:
    async with staged(db, clock, campaign=campaign_in) as stage:
        await stage.connect()
        yield stage


@pytest.fixture
def ana(stage: Stage) -> Person:
    return stage.world.user("ana")


async def present(stage: Stage, *people: Person) -> list[bool | None]:
    """Whether we think that they are there; None: nothing is known of them."""
    place = await stage.place()
    async with stage.db.read() as tx:
        known = await chats.memberships_between(tx, place.chat_id, Platform.DISCORD, 0, 2**63 - 1)
    found = {account.id: was for account, was in known.items()}
    return [found[each.id].present if each.id in found else None for each in people]


async def off_and_on(stage: Stage) -> None:
    """The process ended some time ago, and starts again."""
    stage.clock.advance(minutes=10)
    stage.start()
    await stage.connect()


def off(stage: Stage) -> None:
    stage.wire.forget()
    stage.clock.advance(minutes=1)


async def test_who_was_there_before_we_came_is_nobodys_news(stage: Stage):
    assert await present(stage, stage.guild.owner) == [None]
    async with stage.db.read() as tx:
        watched = await arrivals.watched(tx)
    assert [each.guild for each in watched.values()] == [stage.guild.id]


async def test_who_came_meanwhile_is_told_with_how_they_came(stage: Stage, ana: Person):
    code = (await stage.codes([ana]))[ana.id]
    invite = await stage.visit(code) or ""
    off(stage)
    flo, gus = stage.world.user("flo"), stage.world.user("gus")
    flo.joins(invite)
    gus.discovers(stage.guild)
    await off_and_on(stage)
    await stage.settle()
    assert await present(stage, flo, gus) == [True, True]
    assert await stage.states() == {flo.id: "exact", gus.id: "otherwise"}
    assert await stage.credits() == {flo.id: code}
    await assert_audited(stage.db)


async def test_without_the_search_nobody_is_credited_for_what_was_not_seen(stage: Stage, ana: Person):
    stage.world.faults.refuse(ApiError(404, 0, "404: Not Found"), route=SEARCH, times=None)
    code = (await stage.codes([ana]))[ana.id]
    invite = await stage.visit(code) or ""
    off(stage)
    flo = stage.world.user("flo")
    flo.joins(invite)
    await off_and_on(stage)
    await stage.settle()
    assert await stage.states() == {flo.id: "ambiguous"}
    assert await stage.credits() == {}
    campaign_id = next(iter((await stage.referrals()).values())).campaign_id
    async with stage.db.read() as tx:
        unsure = await arrivals.unsure(tx, campaign_id, limit=10)
    assert [[each.code for each in case.candidates] for case in unsure] == [[code]]


async def test_who_left_meanwhile_has_left_once(stage: Stage, ana: Person):
    code = (await stage.codes([ana]))[ana.id]
    flo = stage.world.user("flo")
    flo.joins(await stage.visit(code) or "")
    await stage.settle()
    off(stage)
    flo.leaves(stage.guild)
    for _ in range(3):
        await off_and_on(stage)
    assert await present(stage, flo) == [False]
    assert [each.status for each in (await stage.referrals()).values()] == [Status.REJECTED]
    await assert_audited(stage.db)


async def test_who_left_and_came_back_meanwhile_stays_since_then(stage: Stage, ana: Person):
    codes = await stage.codes([ana, stage.guild.owner])
    flo = stage.world.user("flo")
    flo.joins(await stage.visit(codes[ana.id]) or "")
    await stage.settle()
    other = await stage.visit(codes[stage.guild.owner.id]) or ""
    off(stage)
    flo.leaves(stage.guild)
    stage.clock.advance(minutes=1)
    back_at = stage.clock.now()
    flo.joins(other)
    await off_and_on(stage)
    await stage.settle()
    place = await stage.place()
    async with stage.db.read() as tx:
        known = await chats.memberships_between(tx, place.chat_id, Platform.DISCORD, flo.id - 1, flo.id)
    (was,) = known.values()
    assert (was.present, was.joined_at, was.stays_since) == (True, back_at, back_at)
    assert was.left_at is not None
    assert await stage.credits() == {flo.id: codes[ana.id]}  # the first word stays


async def test_who_was_there_before_us_and_comes_back_by_a_link_is_no_friend(stage: Stage, ana: Person):
    code = (await stage.codes([ana]))[ana.id]
    invites = [await stage.visit(code) or "", await stage.visit(code) or ""]
    old = stage.world.user("old")
    stage.guild.former.add(old.id)
    off(stage)
    old.joins(invites[0])
    await off_and_on(stage)
    await stage.settle()
    assert await stage.credits() == {}


async def test_screening_that_was_passed_meanwhile_is_a_join(stage: Stage, ana: Person):
    stage.guild.features.add(SCREENING)
    code = (await stage.codes([ana]))[ana.id]
    flo, gus = stage.world.user("flo"), stage.world.user("gus")
    flo.joins(await stage.visit(code) or "")
    gus.joins(await stage.visit(code) or "")
    await stage.settle()
    assert await present(stage, flo, gus) == [None, None]
    off(stage)
    flo.passes_screening(stage.guild)
    await off_and_on(stage)
    await stage.settle()
    assert await present(stage, flo, gus) == [True, None]
    assert [each.status for each in (await stage.referrals()).values()].count(Status.PENDING) == 2


@pytest.mark.parametrize("how", ["resumed", "a new session", "a new process"])
async def test_however_one_comes_back_the_result_is_the_same(stage: Stage, ana: Person, how: str):
    codes = await stage.codes([ana, stage.guild.owner])
    first, second = await stage.visit(codes[ana.id]) or "", await stage.visit(codes[stage.guild.owner.id]) or ""
    flo, gus, hal = (stage.world.user(name) for name in ("flo", "gus", "hal"))
    hal.joins(await stage.visit(codes[ana.id]) or "")
    await stage.settle()
    stage.worker.away()
    stage.wire.drop() if how == "resumed" else stage.wire.forget()
    stage.clock.advance(seconds=40)
    flo.joins(first)
    gus.joins(second)
    hal.leaves(stage.guild)
    if how == "resumed":
        stage.wire.resume()
    elif how == "a new session":
        stage.wire.connect()
    else:
        stage.start()
        stage.wire.connect()
    await stage.rest_a_while(5)
    await stage.settle()
    assert await present(stage, flo, gus, hal) == [True, True, False]
    assert await stage.states() == {flo.id: "exact", gus.id: "exact", hal.id: "exact"}
    assert await stage.credits() == {flo.id: codes[ana.id], gus.id: codes[stage.guild.owner.id]}


async def test_an_outage_of_one_server_is_caught_up_with(stage: Stage, ana: Person):
    code = (await stage.codes([ana]))[ana.id]
    invite = await stage.visit(code) or ""
    stage.world.outage(stage.guild)
    await stage.step()
    flo = stage.world.user("flo")
    flo.joins(invite)
    stage.wire.frames.clear()  # Discord told nobody
    stage.world.recover(stage.guild)
    await stage.rest_a_while(5)
    await stage.settle()
    assert await stage.credits() == {flo.id: code}


async def test_a_pass_that_is_broken_off_goes_on_where_it_stood(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bots.discord.rest.PAGE", 10)
    monkeypatch.setattr("bots.discord.catchup.PAGE", 10)
    off(stage)
    friends = crowd(stage, stage.guild, 35)
    stage.world.faults.broken(503, method="GET", route=MEMBERS, times=1)
    await off_and_on(stage)
    asked = stage.world.calls_of("GET", MEMBERS)
    assert [call.status for call in asked].count(503) == 1
    assert len(asked) == 5  # four pages, one of them asked for twice
    assert await present(stage, *friends) == [True] * 35


async def test_how_far_it_has_come_is_in_the_log(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr("bots.discord.rest.PAGE", 10)
    monkeypatch.setattr("bots.discord.catchup.PAGE", 10)
    caplog.set_level(logging.INFO, "bots.discord.catchup")
    off(stage)
    crowd(stage, stage.guild, 250)
    await off_and_on(stage)
    assert [record.args[0] for record in caplog.records] == [20, 26]  # type: ignore[index]


async def test_more_than_one_search_can_name_are_all_found(sqlite_db: Database, clock: FakeClock):
    async with staged(sqlite_db, clock, campaign=campaign_in) as stage:
        await stage.connect()
        off(stage)
        friends = crowd(stage, stage.guild, 1500)
        await off_and_on(stage)
        await stage.settle()
        assert await stage.states() == dict.fromkeys((each.id for each in friends), "otherwise")


async def test_who_comes_and_goes_during_a_pass_is_where_they_are(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bots.discord.rest.PAGE", 10)
    monkeypatch.setattr("bots.discord.catchup.PAGE", 10)
    friends = crowd(stage, stage.guild, 30)
    await stage.rest_a_while(3)
    off(stage)
    friends[4].leaves(stage.guild)
    stage.start()
    held = stage.world.faults.hold(method="GET", route=MEMBERS, times=1)  # the first page is read already
    stage.wire.connect()
    await stage.hear()
    stage.clock.advance(seconds=1)
    working = asyncio.create_task(stage.worker.once())
    await held.hit.wait()
    friends[0].leaves(stage.guild)
    friends[4].discovers(stage.guild)
    late = stage.world.user("late")
    late.discovers(stage.guild)
    await stage.hear()
    held.release()
    await working
    await stage.rest_a_while(10)
    assert await present(stage, friends[0], friends[4], friends[29], late) == [False, True, True, True]
    await assert_audited(stage.db)


async def test_whoever_left_as_the_page_was_read_has_left_once(stage: Stage):
    flo = stage.world.user("flo")
    flo.discovers(stage.guild)
    await stage.settle()
    off(stage)
    stage.start()
    stage.wire.connect()
    await stage.hear()
    flo.leaves(stage.guild)  # the news is on its way while the members are read
    await stage.worker.once()
    await stage.rest_a_while(8)
    assert await present(stage, flo) == [False]
    async with stage.db.read() as tx:
        found = await totals.of_campaign(tx, 1)
    assert found["leaves"] == 1


ACTS = 500 if RACES >= 200 else 120


async def test_joins_leaves_and_rejoins_while_the_door_is_off(sqlite_db: Database, postgres_db: Database):
    """As in a twin that was never off: but for whoever came and left again unseen, which nobody can recover.

    With `SAYSO_TEST_DEPTH=20` there are 500 of them.
    """
    seen = await _twin(sqlite_db, is_off=False)
    missed = await _twin(postgres_db, is_off=True)
    assert (seen.lost, seen.truth) == (missed.lost, missed.truth)  # the same was done in both
    assert len(missed.lost) < ACTS / 3
    for name in missed.truth.keys() - missed.lost:
        assert missed.standing.get(name) == seen.standing.get(name), name
    assert {name for name, by in missed.credits.items() if by != missed.truth[name]} == set()
    assert {name for name, by in missed.truth.items() if by and name not in missed.standing} <= missed.lost
    await assert_audited(postgres_db)


async def test_without_the_search_nobody_is_credited_wrongly_after_all_of_that(db: Database):
    missed = await _twin(db, is_off=True, search=False)
    assert {name for name, by in missed.credits.items() if by != missed.truth[name]} == set()
    await assert_audited(db)


@dataclass
class Twin:
    """What came of it: friends' standings and credits by name.

    `truth`: by whose link each came first; `lost`: whoever came and left again unseen.
    """

    standing: dict[str, tuple[str, str]]
    credits: dict[str, str]
    truth: dict[str, str | None]
    lost: set[str]


async def _twin(db: Database, *, is_off: bool, search: bool = True) -> Twin:
    clock, random = FakeClock(), Random(11)
    async with staged(db, clock, campaign=campaign_in, random=Random(1)) as stage:
        await stage.connect()
        if not search:
            stage.world.faults.refuse(ApiError(404, 0, "404: Not Found"), route=SEARCH, times=None)
        stage.guild.vanity_code = "lune"
        advocates = [stage.world.user(f"advocate{number}") for number in range(10)]
        codes = await stage.codes(advocates)
        owner = {code: advocate.username for advocate, code in zip(advocates, codes.values(), strict=True)}
        place = await stage.place()
        ways = [(await stage.pools.personal(place, code) or "", owner[code]) for code in codes.values()]
        crowd_ = [stage.world.user(f"friend{number}") for number in range(ACTS // 2)]
        truth: dict[str, str | None] = {}
        for friend in crowd_[:20]:  # they come while everybody is there
            _come(stage, friend, ways, truth, random)
            await stage.step(5)
        await stage.settle()
        if is_off:
            stage.wire.forget()
        lost: set[str] = set()
        since: set[str] = set()
        for _ in range(ACTS):
            friend = random.choice(crowd_)
            clock.advance(seconds=20)
            if stage.guild.has(friend):
                friend.leaves(stage.guild)
                lost |= {friend.username} & since
            else:
                if friend.username not in truth:
                    since.add(friend.username)
                _come(stage, friend, ways, truth, random)
            if not is_off:
                await stage.step(1)
            else:
                clock.advance(seconds=1)
        if is_off:
            stage.start()
            await stage.connect()
        await stage.settle()
        await stage.rest_a_while(5)
        names = {each.id: each.username for each in crowd_}
        found = await stage.referrals()
        return Twin(
            standing={
                names[friend]: (each.status.value, owner[each.code or ""])
                for friend, each in found.items()
                if each.reason.names_a_friend
            },
            credits={names[friend]: owner[code] for friend, code in (await stage.credits()).items()},
            truth=truth,
            lost=lost,
        )


def _come(
    stage: Stage, friend: Person, ways: list[tuple[str, str]], truth: dict[str, str | None], random: Random
) -> None:
    """By one of the advocates' links, or by the server's own address."""
    invite, owner = random.choice(ways)
    if random.random() < 0.2:
        friend.joins_by_vanity(stage.guild)
        truth.setdefault(friend.username, None)
    else:
        friend.joins(invite)
        truth.setdefault(friend.username, owner)


def crowd(stage: Stage, guild: Guild, number: int) -> list[Person]:
    people = [stage.world.user(f"friend{each}") for each in range(number)]
    for each in people:
        each.discovers(guild)
    return people

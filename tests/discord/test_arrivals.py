"""Who came by which invite, as the door finds it out: one server after the other, and many side by side."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bots.sandbox.discord import ApiError, Permission, Person
from bots.sandbox.discord.errors import missing_access
from bots.sandbox.discord.faults import SEARCH
from core.database import Database
from core.referrals import Status
from tests.clock import FakeClock
from tests.discord.conftest import campaign_in
from tests.discord.stage_races import Stage, staged

LIST = "/guilds/{guild_id}/invites"


@pytest.fixture
async def stage(db: Database, clock: FakeClock) -> AsyncIterator[Stage]:
    async with staged(db, clock, campaign=campaign_in) as stage:
        await stage.connect()
        yield stage


@pytest.fixture
def ana(stage: Stage) -> Person:
    return stage.world.user("ana")


@pytest.fixture
def ben(stage: Stage) -> Person:
    return stage.world.user("ben")


@pytest.fixture
def flo(stage: Stage) -> Person:
    return stage.world.user("flo")


@pytest.fixture
def gus(stage: Stage) -> Person:
    return stage.world.user("gus")


def no_search(stage: Stage) -> None:
    stage.world.faults.refuse(ApiError(404, 0, "404: Not Found"), route=SEARCH, times=None)


def calls(stage: Stage, method: str, route: str) -> int:
    return len(stage.world.calls_of(method, route))


async def test_a_visit_is_given_an_invite_and_the_search_says_who_used_it(stage: Stage, ana: Person, flo: Person):
    code = (await stage.codes([ana]))[ana.id]
    invite = await stage.visit(code)
    assert invite is not None
    flo.joins(invite)
    await stage.settle()
    assert await stage.states() == {flo.id: "exact"}
    assert await stage.credits() == {flo.id: code}


async def test_without_the_search_one_join_by_one_invite_is_probable(stage: Stage, ana: Person, flo: Person):
    no_search(stage)
    code = (await stage.codes([ana]))[ana.id]
    flo.joins(await stage.visit(code) or "")
    await stage.settle()
    assert await stage.states() == {flo.id: "probable"}
    assert await stage.credits() == {flo.id: code}


async def test_two_at_once_by_two_links_are_nobodys_until_the_search_tells(
    stage: Stage, ana: Person, ben: Person, flo: Person, gus: Person
):
    stage.guild.index_lag = timedelta(seconds=50)
    codes = await stage.codes([ana, ben])
    flo.joins(await stage.visit(codes[ana.id]) or "")
    gus.joins(await stage.visit(codes[ben.id]) or "")
    await stage.rest_a_while(12)
    assert await stage.states() == {flo.id: "ambiguous", gus.id: "ambiguous"}
    assert await stage.credits() == {}
    assert {each.status for each in (await stage.referrals()).values()} == {Status.HELD}
    await stage.settle()
    assert await stage.states() == {flo.id: "exact", gus.id: "exact"}
    assert await stage.credits() == {flo.id: codes[ana.id], gus.id: codes[ben.id]}


async def test_consent_on_our_page_is_exact_and_takes_part_in_no_comparison(
    stage: Stage, ana: Person, ben: Person, flo: Person, gus: Person
):
    no_search(stage)
    codes = await stage.codes([ana, ben])
    await stage.expect(flo, codes[ana.id])
    flo.discovers(stage.guild)  # as the PUT lets her in: no invite is spent
    gus.joins(await stage.visit(codes[ben.id]) or "")
    await stage.settle()
    assert await stage.states() == {flo.id: "exact", gus.id: "probable"}
    assert await stage.credits() == {flo.id: codes[ana.id], gus.id: codes[ben.id]}


async def test_nobody_is_credited_for_the_servers_own_address(stage: Stage, ana: Person, flo: Person):
    no_search(stage)
    stage.guild.vanity_code = "lune"
    stage.worker.guild(stage.guild.id)
    await stage.rest_a_while(5)
    await stage.settle()
    flo.joins_by_vanity(stage.guild)
    await stage.settle()
    assert await stage.states() == {flo.id: "otherwise"}
    assert await stage.credits() == {}


async def test_a_server_that_does_not_tell_its_own_address_is_compared_all_the_same(
    stage: Stage, ana: Person, flo: Person
):
    no_search(stage)
    told = "/guilds/{guild_id}/vanity-url"
    fault = stage.world.faults.refuse(missing_access(), route=told, times=None)
    for number in range(12):
        stage.world.user(f"passer-by{number}").discovers(stage.guild)
        await stage.settle()
        stage.clock.advance(minutes=10)
    assert 3 < fault.hits < 12
    code = (await stage.codes([ana]))[ana.id]
    flo.joins(await stage.visit(code) or "")
    await stage.settle()
    assert await stage.credits() == {flo.id: code}


async def test_a_use_that_is_seen_before_its_join_is_nobody_elses(stage: Stage, ana: Person, flo: Person, gus: Person):
    no_search(stage)
    code = (await stage.codes([ana]))[ana.id]
    invite = await stage.visit(code) or ""
    flo.discovers(stage.guild)
    gus.joins(invite)
    await stage.hear(most=1)  # the news of Gus is still on its way
    await stage.worker.once()
    stage.clock.advance(seconds=2)
    await stage.worker.once()
    assert await stage.credits() == {}
    await stage.settle()
    assert flo.id not in await stage.credits()


async def test_while_nothing_is_heard_nothing_is_compared(stage: Stage, ana: Person, flo: Person, gus: Person):
    no_search(stage)
    code = (await stage.codes([ana]))[ana.id]
    invite = await stage.visit(code) or ""
    flo.discovers(stage.guild)
    await stage.hear()
    stage.wire.drop()
    stage.worker.away()
    gus.joins(invite)
    await stage.rest_a_while(60)
    assert await stage.states() == {flo.id: "open"}
    stage.wire.resume()
    await stage.settle()
    assert flo.id not in await stage.credits()


async def test_a_search_that_is_not_ready_is_asked_again(stage: Stage, ana: Person, flo: Person):
    fault = stage.world.faults.not_indexed(retry_after=20, times=3)
    code = (await stage.codes([ana]))[ana.id]
    flo.joins(await stage.visit(code) or "")
    await stage.rest_a_while(10)
    assert (fault.hits, await stage.states()) == (1, {flo.id: "probable"})
    await stage.settle()
    assert (fault.hits, await stage.states()) == (3, {flo.id: "exact"})


async def test_a_search_that_is_not_allowed_is_left_alone(
    stage: Stage, ana: Person, flo: Person, gus: Person, caplog: pytest.LogCaptureFixture
):
    no_search(stage)
    code = (await stage.codes([ana]))[ana.id]
    for friend in (flo, gus):
        friend.joins(await stage.visit(code) or "")
        await stage.settle()
    assert calls(stage, "POST", SEARCH) == 1
    assert len([record for record in caplog.records if "cannot be searched" in record.message]) == 1


async def test_without_the_right_to_see_invites_joins_stay_unexplained_and_the_log_says_so_once(
    stage: Stage, ana: Person, flo: Person, gus: Person, caplog: pytest.LogCaptureFixture
):
    code = (await stage.codes([ana]))[ana.id]
    invites = [await stage.visit(code), await stage.visit(code)]
    asked = calls(stage, "GET", LIST)
    role = next(role for role in stage.guild.roles.values() if role.bot_id == stage.bot.id)
    role.permissions = Permission.VIEW_CHANNEL | Permission.CREATE_INSTANT_INVITE
    for friend, invite in zip((flo, gus), invites, strict=True):
        friend.joins(invite or "")
        await stage.settle(within=timedelta(minutes=20))
    assert flo.id not in await stage.credits()
    assert gus.id not in await stage.credits()
    assert set((await stage.states()).values()) <= {"unattributed", "ambiguous"}
    told = [record for record in caplog.records if "cannot be told" in record.message]
    assert len(told) == 1
    assert calls(stage, "GET", LIST) - asked < 10  # in forty minutes


async def test_once_the_right_is_back_old_uses_are_nobodys_proof(stage: Stage, ana: Person, flo: Person, gus: Person):
    no_search(stage)
    code = (await stage.codes([ana]))[ana.id]
    place = await stage.place()
    invite = await stage.pools.personal(place, code) or ""
    role = next(role for role in stage.guild.roles.values() if role.bot_id == stage.bot.id)
    had, role.permissions = role.permissions, Permission.VIEW_CHANNEL
    flo.joins(invite)
    await stage.rest_a_while(30)
    flo.leaves(stage.guild)
    role.permissions = had
    await stage.rest_a_while(100)
    gus.discovers(stage.guild)
    await stage.settle()
    assert gus.id not in await stage.credits()


async def test_uses_that_are_not_told_are_not_taken_for_none(stage: Stage, ana: Person, flo: Person):
    no_search(stage)
    place, code = await stage.place(), (await stage.codes([ana]))[ana.id]
    invite = await stage.pools.personal(place, code)
    stage.guild.hides_uses = True
    flo.joins(invite or "")
    await stage.settle()
    assert await stage.credits() == {}


async def test_joins_that_are_told_twice_are_one_arrival(stage: Stage, ana: Person, flo: Person):
    no_search(stage)
    stage.guild.join_copies = 2
    code = (await stage.codes([ana]))[ana.id]
    flo.joins(await stage.visit(code) or "")
    await stage.settle()
    assert await stage.states() == {flo.id: "probable"}


async def test_a_list_that_cannot_be_read_now_is_read_later(stage: Stage, ana: Person, flo: Person):
    no_search(stage)
    stage.world.faults.broken(503, method="GET", route=LIST, times=2)
    code = (await stage.codes([ana]))[ana.id]
    flo.joins(await stage.visit(code) or "")
    await stage.settle()
    assert await stage.credits() == {flo.id: code}


async def test_a_slow_server_holds_up_nobody(stage: Stage, ana: Person, flo: Person, gus: Person):
    other = stage.world.guild("Ailleurs", bots=[stage.bot])
    await stage.apply(campaign_in(stage.guild, other))
    await stage.rest_a_while(5)
    await stage.settle()
    asked = calls(stage, "GET", LIST)
    held = stage.world.faults.hold(method="GET", route=LIST)
    stage.clock.advance(seconds=1)
    flo.discovers(stage.guild)
    gus.discovers(other)
    await stage.hear()
    working = asyncio.create_task(stage.worker.once())
    await held.hit.wait()
    await stage.world.until(lambda: calls(stage, "GET", LIST) >= asked + 2)
    assert not working.done()
    held.release()
    await working

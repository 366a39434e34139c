"""A role that is taken back, and given again: in the end whoever has earned it has it, and nobody else."""

import asyncio
from random import Random, randrange

import pytest
from discord.http import HTTPClient

from bots.discord import roles
from bots.exchange.attempt import ATTEMPTS
from bots.sandbox.discord import Bot, DiscordWorld, Guild, Person, Role
from bots.sandbox.discord.faults import MEMBER_ROLE
from core.database import Database
from tests.clock import FakeClock
from tests.discord.stage_out import Out
from tests.discord.stage_roles import WRONG, Granted, granted


@pytest.fixture
async def out(db: Database, clock: FakeClock, bot: Bot, guild: Guild, http: HTTPClient) -> Out:
    return Out(db, clock, bot, http)


@pytest.fixture
def vip(world: DiscordWorld, guild: Guild) -> Role:
    return world.role(guild, "VIP")


@pytest.fixture
async def grant(out: Out, ana: Person, guild: Guild, vip: Role) -> Granted:
    """Ana's, which has been given to her."""
    ana.discovers(guild)
    grant = await granted(out, ana, vip, guild)
    await out.sender.once()
    assert grant.has_it
    return grant


def changes(world: DiscordWorld) -> list[str]:
    return [call.method for call in world.calls if call.route == MEMBER_ROLE]


async def test_what_is_taken_back_is_gone_and_again_is_nothing(out: Out, grant: Granted, world: DiscordWorld):
    await grant.turn()
    await out.sender.once()
    assert not grant.has_it
    assert await out.rows() == []
    await grant.turn()
    await out.sender.once()
    assert grant.has_it
    assert changes(world) == ["PUT", "DELETE", "PUT"]


async def test_a_role_that_another_grant_promises_too_stays(out: Out, grant: Granted, guild: Guild, ana: Person):
    other = await granted(out, ana, grant.role, guild, number=2)
    await grant.turn()
    await out.sender.once()
    assert grant.has_it
    await other.turn()
    await out.sender.once()
    assert not grant.has_it


async def test_whoever_has_left_has_no_role_to_take_back(out: Out, grant: Granted, ana: Person, guild: Guild):
    ana.leaves(guild)
    await grant.turn()
    assert await out.sender.once() == 1
    assert await out.rows() == []


async def test_a_role_that_is_gone_need_not_be_taken_back(out: Out, grant: Granted, world: DiscordWorld, guild: Guild):
    other = world.guild("Elsewhere", bots=[out.bot])
    guild.members[grant.person.id].roles.remove(grant.role)
    del guild.roles[grant.role]
    out.restart()  # which has forgotten where it was
    for guilds in ((guild,), (other, guild)):
        grant.guilds = guilds
        await grant.turn()
        await out.sender.once()
        assert await out.rows() == []
        grant.turns += 1


@pytest.mark.parametrize("wrong", ["too high", "managed", "no right"])
async def test_what_cannot_be_taken_back_now_is_held_and_tried_again(
    out: Out, grant: Granted, world: DiscordWorld, wrong: str
):
    world.faults.refuse(WRONG[wrong], method="DELETE")
    await grant.turn()
    await out.sender.once()
    [told] = await out.held()
    assert f"the role {grant.role} cannot be given or taken back" in told
    out.clock.advance(hours=1)
    await out.sender.once()
    assert not grant.has_it
    assert await out.rows() == []


async def test_what_was_taken_back_before_it_was_given_is_not_delivered(out: Out, ana: Person, guild: Guild, vip: Role):
    ana.discovers(guild)
    grant = await granted(out, ana, vip, guild)
    await grant.turn()
    await out.sender.once()
    assert not grant.has_it
    assert not await grant.is_delivered()
    assert await out.rows() == []


async def test_a_giving_that_lost_its_answer_does_not_undo_the_taking_back(
    out: Out, ana: Person, guild: Guild, vip: Role, world: DiscordWorld
):
    ana.discovers(guild)
    world.faults.lose_answer(method="PUT", times=5)
    grant = await granted(out, ana, vip, guild)
    await out.sender.once()
    assert grant.has_it
    await grant.turn()
    for _ in range(ATTEMPTS):
        out.clock.advance(hours=1)
        await out.sender.once()
    assert not grant.has_it
    assert await out.rows() == []


async def test_a_giving_that_is_still_under_way_cannot_overtake_the_taking_back(
    out: Out, ana: Person, guild: Guild, vip: Role, world: DiscordWorld, monkeypatch: pytest.MonkeyPatch
):
    """The call has been given up, and happens all the same, later than anything else that was asked."""
    monkeypatch.setattr(roles, "PATIENCE", 0.3)
    ana.discovers(guild)
    stalled = world.faults.stall(method="PUT")
    grant = await granted(out, ana, vip, guild)
    await out.sender.once()
    await grant.turn()
    out.clock.advance(seconds=10)
    await out.sender.once()
    assert changes(world) == ["PUT"]  # nothing else is asked before that is over
    assert len(await out.rows()) == 2
    stalled.release()
    await world.until(lambda: changes(world) == ["PUT", "DELETE"] and not grant.has_it)  # it has looked again
    out.clock.advance(minutes=5)
    await out.sender.once()
    assert not grant.has_it
    assert await out.rows() == []


async def test_two_processes_at_the_same_time_do_not_undo_each_other(
    out: Out, ana: Person, guild: Guild, vip: Role, world: DiscordWorld, db: Database, clock: FakeClock
):
    """One has looked, and gives when another has long taken back: it looks again."""
    ana.discovers(guild)
    stalled = world.faults.stall(method="PUT")
    grant = await granted(out, ana, vip, guild)
    giving = asyncio.create_task(out.sender.once())
    await stalled.hit.wait()
    await grant.turn()
    other = Out(db, clock, out.bot, out.http)
    await other.sender.once()
    assert changes(world) == ["PUT", "DELETE"]
    stalled.release()
    await giving
    assert changes(world) == ["PUT", "DELETE", "DELETE"]
    assert not grant.has_it


async def test_turned_again_and_again_among_failures_the_last_word_counts(
    out: Out, ana: Person, guild: Guild, vip: Role, world: DiscordWorld, db: Database, clock: FakeClock
):
    seed = randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    random = Random(seed)
    ana.discovers(guild)
    grant = await granted(out, ana, vip, guild)
    processes = [out, Out(db, clock, out.bot, out.http)]
    for _ in range(20):
        match random.randrange(4):
            case 0:
                world.faults.lose_answer(route=MEMBER_ROLE)
            case 1:
                world.faults.broken(503, route=MEMBER_ROLE)
            case 2:
                world.faults.slow(random.uniform(0, 0.02), route=MEMBER_ROLE)
        sending = [asyncio.create_task(each.sender.once()) for each in processes]
        for _ in range(random.randrange(3)):
            await grant.turn()
        await asyncio.gather(*sending)
        clock.advance(seconds=random.choice((1, 5, 200)))
    world.faults.clear()
    for _ in range(3):
        clock.advance(hours=1)
        await out.sender.once()
    assert await out.rows() == []
    assert grant.has_it is (grant.turns % 2 == 0)
    assert await grant.is_delivered() or not grant.has_it

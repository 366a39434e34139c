"""Asking Discord about servers: what is read from its answers, and when one stops asking."""

from collections.abc import AsyncIterator
from datetime import timedelta

import discord
import pytest
from discord.http import HTTPClient

from bots.discord.refusals import LONGEST_REST, MOST, WITHIN, Refusals
from bots.discord.rest import FULL, NO_RIGHT, Rest, code_of
from bots.exchange.errors import NoAnswerError, RefusedError, RefusedTokenError, ShutOutError, SlowDownError
from bots.sandbox.discord import ApiError, Bot, DiscordServer, DiscordWorld, Guild, Permission
from tests.clock import FakeClock
from tests.sandbox.discord.stage import pointed_at

ASKED = ("GET", "/guilds/{guild_id}/invites", 1)


@pytest.fixture
def world(clock: FakeClock) -> DiscordWorld:
    return DiscordWorld(clock=clock)


@pytest.fixture
def bot(world: DiscordWorld) -> Bot:
    return world.bot()


@pytest.fixture
def guild(world: DiscordWorld, bot: Bot) -> Guild:
    return world.guild(bots=[bot])


@pytest.fixture
async def http(world: DiscordWorld, bot: Bot) -> AsyncIterator[HTTPClient]:
    async with DiscordServer(world) as server:
        with pointed_at(server):
            client = discord.Client(intents=discord.Intents.none())
            await client.login(bot.token)
            yield client.http
            await client.close()


@pytest.fixture
def rest(http: HTTPClient, clock: FakeClock) -> Rest:
    return Rest(http, clock)


async def test_an_invite_is_made_listed_and_deleted(rest: Rest, guild: Guild, clock: FakeClock, bot: Bot):
    channel = guild.text_channels()[0]
    made = await rest.make_invite(channel.id, life=timedelta(minutes=30), uses=1)
    assert (made.uses, made.max_uses, made.expires_at) == (0, 1, clock.now() + timedelta(minutes=30))
    (listed,) = await rest.invites(guild.id)
    assert (listed.code, listed.inviter and listed.inviter.id, listed.channel and listed.channel.id) == (
        made.code,
        bot.id,
        channel.id,
    )
    await rest.delete_invite(made.code)
    await rest.delete_invite(made.code)  # it is gone already, and that is what was wanted
    assert await rest.invites(guild.id) == []


async def test_uses_that_are_not_told_are_unknown(rest: Rest, guild: Guild):
    await rest.make_invite(guild.text_channels()[0].id, life=timedelta(minutes=30), uses=1)
    guild.hides_uses = True
    assert [invite.uses for invite in await rest.invites(guild.id)] == [None]


async def test_a_servers_own_address_is_read(rest: Rest, world: DiscordWorld, guild: Guild):
    assert (await rest.vanity(guild.id)).code is None
    guild.vanity_code = "lune"
    world.user("ana").joins_by_vanity(guild)
    vanity = await rest.vanity(guild.id)
    assert (vanity.code, vanity.uses) == ("lune", 1)


async def test_members_come_in_the_order_of_their_numbers(rest: Rest, world: DiscordWorld, guild: Guild):
    ana = world.user("ana")
    ana.discovers(guild)
    everybody = await rest.members(guild.id)
    assert [member.user.id for member in everybody] == sorted(guild.members)
    assert await rest.members(guild.id, after=everybody[-2].user.id) == everybody[-1:]
    assert (await rest.member(guild.id, ana.id)) in everybody
    ana.leaves(guild)
    assert await rest.member(guild.id, ana.id) is None


async def test_the_search_says_how_somebody_came(rest: Rest, world: DiscordWorld, guild: Guild):
    made = await rest.make_invite(guild.text_channels()[0].id, life=timedelta(minutes=30), uses=1)
    ana, ben = world.user("ana"), world.user("ben")
    ana.joins(made.code)
    ben.discovers(guild)
    hits = {hit.member.user.id: hit.source_invite_code for hit in await rest.search(guild.id, [ana.id, ben.id])}
    assert hits == {ana.id: made.code, ben.id: None}
    world.faults.not_indexed(retry_after=7)
    with pytest.raises(SlowDownError) as caught:
        await rest.search(guild.id, [ana.id])
    assert caught.value.wait == timedelta(seconds=7)


async def test_refusals_have_their_reason(rest: Rest, world: DiscordWorld, guild: Guild, bot: Bot):
    channel = guild.text_channels()[0]
    guild.most_invites = 0
    with pytest.raises(RefusedError) as caught:
        await rest.make_invite(channel.id, life=timedelta(minutes=30), uses=1)
    assert code_of(caught.value) == FULL
    world.faults.broken(503)
    with pytest.raises(NoAnswerError):
        await rest.invites(guild.id)
    next(role for role in guild.roles.values() if role.bot_id == bot.id).permissions = Permission.VIEW_CHANNEL
    with pytest.raises(RefusedError) as caught:
        await rest.invites(guild.id)
    assert code_of(caught.value) == NO_RIGHT
    guild.owner.kicks(bot, guild)
    with pytest.raises(ShutOutError):
        await rest.members(guild.id)


async def test_a_route_that_refuses_again_and_again_is_left_alone_for_a_while(
    rest: Rest, world: DiscordWorld, guild: Guild, clock: FakeClock
):
    fault = world.faults.refuse(ApiError(403, NO_RIGHT, "Missing Permissions"), method="GET", times=None)
    for _ in range(3):
        with pytest.raises(RefusedError):
            await rest.invites(guild.id)
    for _ in range(50):
        with pytest.raises(SlowDownError) as caught:
            await rest.invites(guild.id)
    assert (fault.hits, caught.value.wait) == (3, timedelta(minutes=1))
    with pytest.raises(RefusedError):
        await rest.vanity(guild.id)  # that is another question
    clock.advance(minutes=1)
    with pytest.raises(RefusedError):
        await rest.invites(guild.id)
    with pytest.raises(SlowDownError) as caught:
        await rest.invites(guild.id)
    assert caught.value.wait == timedelta(minutes=2)
    world.faults.clear()
    clock.advance(minutes=2)
    for _ in range(2):
        assert await rest.invites(guild.id) == []


async def test_a_refused_token_is_said(rest: Rest, world: DiscordWorld, guild: Guild):
    world.faults.refuse(ApiError(401, 0, "401: Unauthorized"))
    with pytest.raises(RefusedTokenError):
        await rest.invites(guild.id)


async def test_a_ban_of_the_address_is_waited_out(rest: Rest, world: DiscordWorld, guild: Guild):
    world.faults.banned()
    with pytest.raises(SlowDownError) as caught:
        await rest.invites(guild.id)
    assert caught.value.wait >= timedelta(minutes=1)


def test_the_rest_gets_longer_up_to_an_hour(clock: FakeClock):
    refusals, rests = Refusals(), []
    for _ in range(12):
        refusals.refused(ASKED, clock.now())
        rests.append(refusals.rest(ASKED, clock.now()))
    assert rests[:5] == [None, None, timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert rests[-1] == LONGEST_REST


def test_too_many_bad_answers_of_all_kinds_stop_everything(clock: FakeClock):
    refusals = Refusals()
    for number in range(MOST):
        assert refusals.rest(("GET", "/x", number), clock.now()) is None
        refusals.refused(("GET", "/x", number), clock.now())
    assert refusals.rest(ASKED, clock.now()) == WITHIN
    clock.advance(minutes=10)
    assert refusals.rest(ASKED, clock.now()) is None

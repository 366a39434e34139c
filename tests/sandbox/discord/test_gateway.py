"""Sessions of the gateway, as discord.py lives through them."""

import asyncio
from typing import Any

import aiohttp
import discord
import pytest

from bots.sandbox.discord import Bot, Channel, DiscordServer, DiscordWorld, Guild, Person
from tests.sandbox.discord.stage import REFERRALS, Client, running
from tests.waiting import until


async def test_a_client_logs_in_and_is_ready(client: Client, bot: Bot, guild: Guild):
    assert client.user.id == bot.id
    assert client.application_id == bot.id
    (seen,) = client.guilds
    assert (seen.id, seen.name, seen.owner_id, seen.member_count) == (guild.id, guild.name, guild.owner.id, 2)
    assert seen.me.top_role.name == "sayso"
    assert [role.name for role in seen.roles] == ["@everyone", "sayso"]
    assert [kind for kind, _ in client.raw] == ["READY", "GUILD_CREATE"]


async def test_a_wrong_token_is_refused(server: DiscordServer, bot: Bot):
    async with Client() as client:
        with pytest.raises(discord.LoginFailure):
            await client.start(bot.token + "x")


async def test_an_intent_that_is_not_switched_on_ends_the_client(server: DiscordServer, bot: Bot, guild: Guild):
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(Client(intents=discord.Intents.all()), bot):
            pass


async def test_the_members_come_in_chunks(server: DiscordServer, world: DiscordWorld, bot: Bot, guild: Guild):
    people = [world.user(f"person{number}") for number in range(1203)]
    big = world.guild("Big", bots=[bot], members=people)
    async with running(Client(chunk_guilds_at_startup=True), bot) as client:
        assert len(client.get_guild(big.id).members) == 1205
        assert client.get_guild(big.id).get_member(people[-1].id).name == "person1202"
        assert client.get_guild(guild.id).chunked


async def test_single_members_are_asked_for(client: Client, world: DiscordWorld, bot: Bot, guild: Guild, ana: Person):
    ana.discovers(guild)
    (found,) = await client.get_guild(guild.id).query_members(user_ids=[ana.id, 12345])
    assert found.id == ana.id
    assert bot.gateway.told("GUILD_MEMBERS_CHUNK")[-1].data["not_found"] == ["12345"]
    (found,) = await client.get_guild(guild.id).query_members("AN")
    assert found.id == ana.id


async def test_only_the_asked_intents_are_served(
    server: DiscordServer, world: DiscordWorld, bot: Bot, guild: Guild, channel: Channel, ana: Person, olga: Person
):
    async with running(Client(intents=discord.Intents(guilds=True, guild_messages=True)), bot) as client:
        ana.joins(olga.invites(channel))
        ana.says(channel, "a secret")
        ana.says(channel, f"for {bot.mention}")
        await until(lambda: client.raw_of("MESSAGE_CREATE")[1:])
        assert client.raw_of("GUILD_MEMBER_ADD", "INVITE_CREATE") == []
        assert [data["content"] for _, data in client.raw_of("MESSAGE_CREATE")] == ["", f"for {bot.mention}"]


async def test_words_are_for_those_who_may_read_them(
    server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, olga: Person
):
    bot.privileged |= 1 << 15
    async with running(
        Client(intents=discord.Intents(guilds=True, messages=True, message_content=True)), bot
    ) as client:
        message = olga.says(channel, "Hello")
        olga.edits(message, "Hello again")
        olga.says(bot, "in private")
        olga.deletes(message)
        await until(lambda: client.raw_of("MESSAGE_DELETE"))
        contents = [data["content"] for _, data in client.raw_of("MESSAGE_CREATE", "MESSAGE_UPDATE")]
        assert contents == ["Hello", "Hello again", "in private"]


async def test_op_7_is_followed_by_a_resume(client: Client, bot: Bot, guild: Guild, ana: Person):
    bot.gateway.reconnect()
    await until(lambda: ("resumed",) in client.heard)
    ana.discovers(guild)
    await until(lambda: ("join", ana.id) in client.heard)
    assert (bot.gateway.identifies, bot.gateway.resumes) == (1, 1)


async def test_a_lost_socket_misses_nothing(client: Client, bot: Bot, guild: Guild, ana: Person, ben: Person):
    with bot.gateway.down():
        ana.discovers(guild)
        ben.discovers(guild)
        ana.leaves(guild)
    await until(lambda: ("resumed",) in client.heard)
    await until(lambda: len(client.heard) == 4)
    assert client.heard == [("join", ana.id), ("join", ben.id), ("remove", ana.id), ("resumed",)]
    assert bot.gateway.identifies == 1


async def test_an_invalid_session_loses_what_happened(client: Client, bot: Bot, guild: Guild, ana: Person, ben: Person):
    bot.gateway.invalidate()
    ana.discovers(guild)
    await until(lambda: bot.gateway.identifies == 2 and bot.gateway.connected)
    ben.discovers(guild)
    await until(lambda: ("join", ben.id) in client.heard)
    assert ("join", ana.id) not in client.heard
    assert bot.gateway.resumes == 0


async def test_a_session_may_be_resumable_after_op_9(client: Client, bot: Bot, guild: Guild):
    bot.gateway.invalidate(resumable=True)
    await until(lambda: ("resumed",) in client.heard)
    assert (bot.gateway.identifies, bot.gateway.resumes) == (1, 1)


async def test_a_forgotten_session_is_answered_with_op_9(client: Client, bot: Bot, guild: Guild, ana: Person):
    with bot.gateway.down(forget=True):
        ana.discovers(guild)
    await until(lambda: bot.gateway.identifies == 2)
    await until(lambda: len(client.raw_of("GUILD_CREATE")) == 2)
    assert client.raw_of("GUILD_MEMBER_ADD") == []
    assert client.raw_of("GUILD_CREATE")[1][1]["member_count"] == 3


@pytest.mark.parametrize("code", [1000, 4000, 4009])
async def test_a_close_that_allows_it_is_resumed(client: Client, bot: Bot, code: int):
    bot.gateway.drop(code)
    await until(lambda: ("resumed",) in client.heard)


async def test_a_close_that_forbids_it_ends_the_client(server: DiscordServer, bot: Bot, guild: Guild):
    async with Client() as client:
        task = asyncio.create_task(client.start(bot.token))
        await until(client.is_ready)
        bot.gateway.drop(4004)
        with pytest.raises(discord.ConnectionClosed) as closed:
            await task
    assert closed.value.code == 4004


async def test_an_outage_of_a_guild(client: Client, world: DiscordWorld, bot: Bot, guild: Guild, ana: Person):
    world.outage(guild)
    await until(lambda: client.get_guild(guild.id).unavailable)
    ana.discovers(guild)
    world.recover(guild)
    await until(lambda: not client.get_guild(guild.id).unavailable)
    assert client.get_guild(guild.id).member_count == 3


async def test_a_guild_that_is_away_comes_later(server: DiscordServer, world: DiscordWorld, bot: Bot, guild: Guild):
    world.outage(guild)
    async with running(Client(), bot) as client:
        assert [one.unavailable for one in client.guilds] in ([], [True])
        world.recover(guild)
        await until(lambda: client.raw_of("GUILD_CREATE"))


async def test_a_bot_is_added_and_thrown_out(client: Client, world: DiscordWorld, bot: Bot, olga: Person):
    other = world.guild("Second", owner=olga)
    olga.adds_bot(bot, other)
    await until(lambda: client.get_guild(other.id))
    olga.kicks(bot, other)
    await until(lambda: client.get_guild(other.id) is None)
    olga.adds_bot(bot, other)
    await until(lambda: client.get_guild(other.id))
    world.user("cem").discovers(other)
    await until(lambda: client.raw_of("GUILD_MEMBER_ADD"))
    assert len(bot.gateway.told("GUILD_MEMBER_ADD")) == 1
    assert [role.name for role in client.get_guild(other.id).roles] == ["@everyone", "sayso"]


async def test_sessions_that_nobody_comes_back_to_are_forgotten(http: aiohttp.ClientSession, bot: Bot):
    for number in range(20):
        async with http.ws_connect("/gw/?v=10&encoding=json") as socket:
            assert (await socket.receive_json())["op"] == 10
            await socket.send_json({"op": 2, "d": {"token": bot.token, "intents": 1}})
            assert (await socket.receive_json())["t"] == "READY"
            await socket.close(code=4000)
        await until(lambda: not bot.gateway.connected)
        assert len(bot.gateway.sessions) == min(number + 1, 17)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"op": 2, "d": {"token": "x", "intents": 1}}, 4004),
        ({"op": 2, "d": {"intents": 1 << 30}}, 4013),
        ({"op": 2, "d": {"intents": 1 << 1}}, 4014),
        ({"op": 2, "d": {"intents": 1, "shard": [2, 2]}}, 4010),
        ({"op": 8, "d": {}}, 4003),
        ({"op": 99}, 4001),
        ([], 4002),
    ],
)
async def test_wrong_frames_close_the_connection(http: aiohttp.ClientSession, bot: Bot, frame: Any, code: int):
    bot.privileged &= 0
    if isinstance(frame, dict) and frame["op"] == 2:
        frame = frame | {"d": {"token": bot.token} | frame["d"]}
    async with http.ws_connect("/gw/") as socket:
        await socket.receive_json()
        await socket.send_json(frame)
        await socket.receive()
        assert socket.close_code == code


async def test_each_shard_hears_of_its_guilds(server: DiscordServer, world: DiscordWorld, bot: Bot, ana: Person):
    guilds = [world.guild(f"Guild {number}", bots=[bot], guild_id=(number + 1) << 22) for number in range(4)]
    bot.gateway.shards = 2

    class Sharded(Client, discord.AutoShardedClient):
        pass

    async with running(Sharded(intents=REFERRALS), bot) as client:
        assert client.shard_count == 2
        assert {guild.id: guild.shard_id for guild in client.guilds} == {
            guild.id: (guild.id >> 22) % 2 for guild in guilds
        }
        ana.discovers(guilds[1])
        await until(lambda: ("join", ana.id) in client.heard)
        assert len(bot.gateway.told("GUILD_MEMBER_ADD")) == 1

"""Every way in which the API can be made to fail, as discord.py meets it."""

import asyncio

import aiohttp
import discord
import pytest

from bots.sandbox.discord import ApiError, Bot, Channel, DiscordServer, DiscordWorld, Guild, Limits, Person
from tests.sandbox.discord.stage import Client, refused
from tests.waiting import until

MESSAGES = "/channels/{channel_id}/messages"


async def send(client: Client, channel: Channel, text: str = "Hello") -> discord.Message:
    return await client.get_channel(channel.id).send(text)


async def test_too_many_requests_are_waited_out(client: Client, world: DiscordWorld, channel: Channel, olga: Person):
    fault = world.faults.too_many(retry_after=0.05, times=2)
    await send(client, channel)
    assert (fault.hits, len(olga.sees(channel))) == (2, 1)
    world.faults.too_many(retry_after=0.05, everywhere=True, route=MESSAGES)
    await send(client, channel)
    assert [call.status for call in world.calls_of("POST", MESSAGES)] == [429, 429, 200, 429, 200]


async def test_a_ban_of_the_address_is_not_waited_out(client: Client, world: DiscordWorld, channel: Channel):
    world.faults.banned()
    with refused(0, status=429):
        await send(client, channel)


async def test_a_broken_server(client: Client, world: DiscordWorld, channel: Channel):
    world.faults.broken(503)
    with pytest.raises(discord.DiscordServerError):
        await send(client, channel)


async def test_refusals_without_a_reason_in_the_world(
    client: Client, world: DiscordWorld, guild: Guild, channel: Channel, ana: Person
):
    ana.discovers(guild)
    role, member = world.role(guild, "Friend"), await client.get_guild(guild.id).fetch_member(ana.id)
    world.faults.dm_closed()
    with refused(50007):
        await member.send("Hello")
    world.faults.role_too_high()
    with refused(50013):
        await member.add_roles(discord.Object(role.id))
    world.faults.too_many_invites()
    with refused(30016, status=400):
        await client.get_channel(channel.id).create_invite()
    world.faults.refuse(ApiError(400, 30005, "Maximum number of guild roles reached (250)"))
    with refused(30005, status=400):
        await client.get_guild(guild.id).create_role(name="One more")
    assert ana.inbox == []


async def test_a_fault_keeps_to_its_route_and_ends(client: Client, world: DiscordWorld, guild: Guild, channel: Channel):
    fault = world.faults.broken(route=MESSAGES, times=None)
    await client.get_channel(channel.id).create_invite()
    with pytest.raises(discord.DiscordServerError):
        await send(client, channel)
    world.faults.clear()
    await send(client, channel)
    assert fault.hits == 1


async def test_an_answer_lost_after_the_effect(client: Client, world: DiscordWorld, channel: Channel, olga: Person):
    world.faults.lose_answer(route=MESSAGES)
    with pytest.raises(aiohttp.ClientConnectionError):
        await send(client, channel)
    assert [message.text for message in olga.sees(channel)] == ["Hello"]


async def test_an_answer_that_is_held_back(client: Client, world: DiscordWorld, channel: Channel, olga: Person):
    held = world.faults.hold(route=MESSAGES)
    sending = asyncio.create_task(send(client, channel))
    await held.hit.wait()
    await until(lambda: olga.sees(channel))
    assert not sending.done()
    held.release()
    assert (await sending).content == "Hello"


async def test_a_call_whose_effect_is_held_back(client: Client, world: DiscordWorld, channel: Channel, olga: Person):
    stalled = world.faults.stall(route=MESSAGES)
    sending = asyncio.create_task(send(client, channel))
    await stalled.hit.wait()
    assert olga.sees(channel) == []
    stalled.release()
    assert (await sending).content == "Hello"
    assert [message.text for message in olga.sees(channel)] == ["Hello"]


async def test_an_answer_that_comes_slowly(client: Client, world: DiscordWorld, channel: Channel):
    world.faults.slow(0.1, route=MESSAGES)
    started = asyncio.get_running_loop().time()
    await send(client, channel)
    assert asyncio.get_running_loop().time() - started >= 0.1


async def test_limits_are_shown_and_heeded(client: Client, world: DiscordWorld, channel: Channel, olga: Person):
    world.limits.enforce, world.limits.window = True, 0.1
    for number in range(12):
        await send(client, channel, str(number))
    assert len(olga.sees(channel)) == 12
    assert world.limits.refused == 0  # the client waits by the headers


async def test_limits_are_kept_against_those_who_do_not_heed_them(
    http: aiohttp.ClientSession, world: DiscordWorld, bot: Bot
):
    world.limits.enforce, world.limits.per_route, world.limits.now = True, 2, lambda: 0.0
    statuses = []
    for _ in range(3):
        async with http.get("/api/v10/users/@me", headers={"Authorization": f"Bot {bot.token}"}) as response:
            statuses.append(response.status)
            answer = await response.json()
    assert statuses == [200, 200, 429]
    assert response.headers["Via"]
    assert response.headers["X-RateLimit-Remaining"] == "0"
    assert answer["global"] is False
    world.limits = Limits(enforce=True, per_second=0, now=lambda: 0.0)
    async with http.get(f"/api/v10/users/{bot.id}", headers={"Authorization": f"Bot {bot.token}"}) as response:
        assert (await response.json())["global"] is True


async def test_every_answer_is_json_with_limits_in_its_head(http: aiohttp.ClientSession, bot: Bot):
    async with http.get("/api/v10/users/@me", headers={"Authorization": f"Bot {bot.token}"}) as response:
        assert response.headers["Content-Type"] == "application/json"
        shown = [name for name in response.headers if name.startswith("X-RateLimit-")]
        assert sorted(name.removeprefix("X-RateLimit-") for name in shown) == [
            "Bucket", "Limit", "Remaining", "Reset", "Reset-After"
        ]  # fmt: skip


async def test_wrong_tokens_bodies_and_addresses(http: aiohttp.ClientSession, server: DiscordServer, bot: Bot):
    for headers in ({}, {"Authorization": "Bot x"}, {"Authorization": bot.token}, {"Authorization": "Bearer x"}):
        async with http.get("/api/v10/users/@me", headers=headers) as response:
            assert response.status == 401
            assert await response.json() == {"message": "401: Unauthorized", "code": 0}
    own = {"Authorization": f"Bot {bot.token}"}
    async with http.get("/api/v10/nowhere", headers=own) as response:
        assert (response.status, (await response.json())["code"]) == (404, 0)
    async with http.get("/api/v10/guilds/abc", headers=own) as response:
        assert (response.status, (await response.json())["code"]) == (400, 50035)
    wrong = own | {"Content-Type": "application/json"}
    for body, code in ((b"{", 50109), (b"[]", 50035)):
        async with http.post("/api/v10/users/@me/channels", data=body, headers=wrong) as response:
            assert (response.status, (await response.json())["code"]) == (400, code)
    async with http.get("/api/gateway") as response:
        assert await response.json() == {"url": server.gateway_url}


async def test_a_stranger_to_a_guild_sees_nothing_of_it(client: Client, world: DiscordWorld, olga: Person):
    closed = world.guild("Elsewhere", owner=olga)
    with refused(50001):
        await client.http.get_guild(closed.id)
    with refused(10004, status=404):
        await client.http.get_guild(1)


async def test_the_list_of_members_is_for_those_with_the_intent(client: Client, bot: Bot, guild: Guild):
    assert len([member async for member in client.get_guild(guild.id).fetch_members()]) == 2
    bot.privileged &= 0
    with refused(50001):
        _ = [member async for member in client.get_guild(guild.id).fetch_members()]

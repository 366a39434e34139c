"""The judge itself; and the routes that the other tests leave out, asked for one by one."""

from typing import Any

import aiohttp
import pytest

from bots.sandbox.discord import Bot, Channel, DiscordWorld, Guild, Permission, Person
from bots.sandbox.discord.rest import ROUTES
from tests.sandbox.discord.spec import UNDESCRIBED, DiscordSpec


def test_the_judge_finds_faults(spec: DiscordSpec, ana: Person):
    user = ana.json()
    assert spec.wrong_with(user, "UserResponse") == []
    assert spec.wrong_with(user | {"id": 5}, "UserResponse", "u") == ["u.id: 5 is not ['string']"]
    assert spec.wrong_with(user | {"nick": ""}, "UserResponse", "u") == ["u.nick is not described"]
    del user["username"]
    assert spec.wrong_with(user, "UserResponse", "u") == ["u has no username"]
    assert spec.wrong_with({"id": "1", "type": 99}, "GuildChannelResponse") != []
    assert spec.wrong_answer("GET", "/users/@me", 204, None) == ["GET /users/@me 204: there is no such answer"]
    assert spec.wrong_answer("GET", "/nowhere", 200, {}) == ["GET /nowhere 200: there is no such route"]
    assert spec.wrong_answer("GET", "/users/@me", 404, {"message": "x"}) != []
    wrong = {"message": "x", "code": 1, "errors": {"name": {"_errors": [{"code": 5, "message": "x"}]}}}
    assert spec.wrong_answer("GET", "/users/@me", 400, wrong) != []


def test_the_routes_are_discords_own(spec: DiscordSpec):
    assert {
        key for key in ROUTES if key[1] not in spec.routes or key[0].lower() not in spec.routes[key[1]]
    } == UNDESCRIBED


async def test_a_walk_through_the_routes(
    http: aiohttp.ClientSession, world: DiscordWorld, bot: Bot, guild: Guild, channel: Channel, ana: Person, ben: Person
):
    member_of_staff = next(role for role in guild.roles.values() if role.managed)
    member_of_staff.permissions |= Permission.BAN_MEMBERS | Permission.MANAGE_MESSAGES
    ana.discovers(guild)
    invite = guild.owner.invites(channel)
    message = ana.says(channel, "Hello")
    role = world.role(guild, "Friend")
    g, c = f"/guilds/{guild.id}", f"/channels/{channel.id}"

    async def ask(method: str, path: str, status: int, **body: Any) -> Any:
        headers = {"Authorization": f"Bot {bot.token}", "X-Audit-Log-Reason": "a%20walk"}
        async with http.request(method, f"/api/v10{path}", headers=headers, json=body or None) as response:
            assert response.status == status, await response.text()
            return await response.json() if status != 204 else None

    for path in ("/users/@me", f"/users/{ana.id}", "/users/@me/guilds", "/applications/@me", "/gateway/bot", g):
        await ask("GET", path, 200)
    for path in ("channels", "roles", "members?limit=5", f"members/{ana.id}", "invites", "bans", "audit-logs"):
        await ask("GET", f"{g}/{path}", 200)
    for path in (f"{g}?with_counts=true", f"{g}/members/search?query=an", f"{g}/roles/{role.id}", f"{c}/invites", c):
        await ask("GET", path, 200)
    await ask("GET", f"/invites/{invite.code}?with_counts=true", 200)
    await ask("POST", f"{c}/typing", 204)
    await ask("PATCH", f"{g}/members/{ana.id}", 200, roles=[str(role.id)], nick="Annie")
    await ask("GET", f"{c}/messages/{message.id}", 200)
    answer = {"message_id": str(message.id)}
    sent = await ask("POST", f"{c}/messages", 200, content="Hi", message_reference=answer)
    assert sent["message_reference"]["message_id"] == str(message.id)
    await ask("PATCH", f"{c}/messages/{message.id}", 403, content="Not mine")
    await ask("DELETE", f"{c}/messages/{message.id}", 204)
    await ask("GET", f"{c}/messages/{message.id}", 404)
    await ask("PUT", f"{g}/bans/{ben.id}", 204)
    assert (await ask("GET", f"{g}/bans/{ben.id}", 200))["reason"] == "a walk"
    await ask("DELETE", f"{g}/bans/{ben.id}", 204)
    await ask("GET", f"{g}/bans/{ben.id}", 404)
    await ask("DELETE", f"{g}/members/{ana.id}", 204)
    await ask("DELETE", f"{g}/members/{guild.owner.id}", 403)
    private = await ask("POST", "/users/@me/channels", 200, recipient_id=str(ana.id))
    await ask("GET", f"/channels/{private['id']}", 200)
    log = await ask("GET", f"{g}/audit-logs?action_type=20&user_id={bot.id}", 200)
    assert [entry["reason"] for entry in log["audit_log_entries"]] == ["a walk"]
    command = await ask("POST", f"/applications/{bot.id}/commands", 201, name="link", description="Your link")
    await ask("POST", f"/applications/{bot.id}/commands", 200, name="link", description="Your own link")
    await ask("GET", f"/applications/{bot.id}/commands/{command['id']}", 200)
    await ask("PATCH", f"/applications/{bot.id}/commands/{command['id']}", 200, description="A link")
    await ask("DELETE", f"/applications/{bot.id}/commands/{command['id']}", 204)
    await ask("GET", "/applications/1/commands", 403)
    await ask("DELETE", f"/users/@me{g}", 204)
    await ask("GET", g, 403)


@pytest.mark.parametrize("number", [3, 4])
async def test_memory_stays_bounded(number: int):
    world = DiscordWorld(history=number, calls_kept=2)
    olga = world.user("olga")
    channel = world.guild(owner=olga).text_channels()[0]
    for count in range(6):
        olga.says(channel, str(count))
    assert len(olga.sees(channel)) == number
    assert world.calls.maxlen == 2


def test_the_same_seed_makes_the_same_codes():
    def codes() -> list[str]:
        world = DiscordWorld()
        owner = world.user("olga")
        return [owner.invites(world.guild(owner=owner).text_channels()[0]).code for _ in range(3)]

    assert codes() == codes()

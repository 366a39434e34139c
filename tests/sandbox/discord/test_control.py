"""Another process drives the world through /sandbox, in JSON."""

import asyncio
import sys
from typing import Any

import pytest
from aiohttp import ClientSession

from bots.sandbox.discord import DiscordServer, DiscordWorld
from tests.sandbox.discord.stage import Client, running
from tests.waiting import until


class Remote:
    def __init__(self, http: ClientSession) -> None:
        self._http = http

    async def get(self, path: str, **query: str) -> Any:
        async with self._http.get(f"/sandbox{path}", params=query) as response:
            assert response.ok, await response.text()
            return await response.json()

    async def send(self, method: str, path: str, *, status: int = 200, **body: Any) -> Any:
        async with self._http.request(method, f"/sandbox{path}", json=body) as response:
            assert response.status == status, await response.text()
            return await response.json()

    async def post(self, path: str, *, status: int = 200, **body: Any) -> Any:
        return await self.send("POST", path, status=status, **body)


@pytest.fixture
def remote(http: ClientSession) -> Remote:
    return Remote(http)


async def test_a_campaign_in_miniature(server: DiscordServer, world: DiscordWorld, remote: Remote):
    made = await remote.post("/bots", username="sayso")
    ana = await remote.post("/users", username="ana", created_at="2020-01-01T00:00:00+00:00")
    await remote.post("/users", username="ben")
    guild = await remote.post("/guilds", name="Lune", bots=["sayso"], owner=ana["id"])
    channel = guild["channels"][0]["id"]
    async with running(Client(), world.bot_with(made["token"])) as client:
        invite = await client.get_channel(int(channel)).create_invite(max_uses=1)
        await remote.send("PATCH", "/guilds/Lune", used_up="before")
        await remote.post("/users/ben/joins", invite=invite.code)
        await until(lambda: [kind for kind, _ in client.raw_of("INVITE_DELETE", "GUILD_MEMBER_ADD")][1:])
        seen = await remote.get(f"/guilds/{guild['id']}")
        assert (seen["size"], seen["invites"]) == (3, [])
        assert seen["members"][2]["source_invite_code"] == invite.code

        await remote.post("/users/ben/closes_dms")
        role = await remote.post("/guilds/Lune/roles", name="Friend")
        await remote.post("/users/ana/gives_role", role=role["id"], user="ben", guild="Lune")
        await until(lambda: client.raw_of("GUILD_MEMBER_UPDATE"))

        await remote.post("/bots/sayso/gateway/down")
        said = await remote.post("/users/ben/says", where=channel, text="Hello")
        await remote.post("/bots/sayso/gateway/up")
        await until(lambda: ("resumed",) in client.heard)
        assert (await remote.get(f"/users/ana/sees/{channel}"))[0]["content"] == "Hello"
        await remote.post("/users/ben/deletes", message=said["id"])
        await remote.post("/faults/too_many_invites")
        await remote.send("DELETE", "/faults")
        await remote.post("/guilds/Lune/hold_uses")
        await client.get_channel(int(channel)).create_invite()
    calls = await remote.get("/calls", method="POST", route="/channels/{channel_id}/invites")
    assert [call["status"] for call in calls] == [200, 200]
    overview = await remote.get("")
    assert (overview["people"], overview["guilds"][0]["size"]) == (3, 3)


async def test_commands_from_afar(server: DiscordServer, world: DiscordWorld, remote: Remote):
    bot = world.bot("sayso")
    ana = world.user("ana")
    guild = world.guild(bots=[bot], members=[ana])
    bot.commands.of(None)[1] = {
        "id": "1", "name": "link", "type": 1, "default_member_permissions": None, "dm_permission": True,
        "options": [{"type": 3, "name": "campaign", "description": "Which"}],
    }  # fmt: skip
    async with running(Client(), bot) as client:

        @client.tree.command(name="link", description="Your link")
        async def link(interaction, campaign: str) -> None:
            await interaction.response.send_message(f"for {campaign}", ephemeral=True)

        channel = str(guild.text_channels()[0].id)
        ran = await remote.post(
            "/users/ana/runs", bot="sayso", command="link", where=channel, options={"campaign": "x"}
        )

        async def answered() -> Any:
            return (await remote.get(f"/interactions/{ran['id']}"))["replies"]

        assert (await until(answered))[0]["content"] == "for x"
    assert await remote.get("/users/ana/inbox") == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/users/1/leaves", {"guild": "Lune"}, 404),
        ("/users/ana/leaves", {"guild": "Nowhere"}, 404),
        ("/users/ana/dances", {}, 404),
        ("/users/sayso/leaves", {"guild": "Lune"}, 404),
        ("/users/ana/leaves", {"guild": "Lune"}, 409),
        ("/users/ana/leaves", {"gild": "Lune"}, 422),
        ("/users/ana/joins", {"invite": "x"}, 404),
        ("/users/ana/presses", {"message": "1", "button": "x"}, 404),
        ("/users/ana/gives_role", {"role": "1", "user": "ana", "guild": "Lune"}, 404),
        ("/users", {"name": "Ana"}, 422),
        ("/faults/fire", {}, 404),
        ("/guilds/Lune/burn", {}, 404),
        ("/bots/sayso/gateway/burn", {}, 404),
        ("/bots/ana/gateway/drop", {}, 404),
    ],
)
async def test_what_cannot_be_is_refused(world: DiscordWorld, remote: Remote, path: str, body: Any, status: int):
    world.bot("sayso")
    world.user("ana")
    world.guild("Lune")
    assert (await remote.post(path, status=status, **body))["problem"]


async def test_it_runs_as_a_program():
    arguments = [sys.executable, "-m", "bots.sandbox.discord", "0"]
    process = await asyncio.create_subprocess_exec(*arguments, stderr=asyncio.subprocess.PIPE)
    try:
        line = (await asyncio.wait_for(process.stderr.readline(), 20)).decode()
        async with ClientSession() as http, http.get(f"{line.split()[-1]}/sandbox") as response:
            assert (await response.json())["people"] == 0
    finally:
        process.terminate()
        await process.wait()

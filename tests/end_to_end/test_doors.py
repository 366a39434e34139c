"""Which doors open: with a token for Telegram, for Discord, for both or none; and what is said where one cannot."""

import signal
from pathlib import Path

import pytest

from bots.sandbox.discord import DiscordServer, Intent
from bots.sandbox.telegram import TelegramServer
from tests.cli.processes import Running, running
from tests.end_to_end import house
from tests.end_to_end.servers import Servers
from tests.end_to_end.servers import door as discord_door
from tests.end_to_end.stage import Stage
from tests.end_to_end.stage import door as telegram_door
from tests.waiting import until


@pytest.mark.parametrize("messengers", [("telegram",), ("discord",), ("telegram", "discord"), ()])
async def test_a_door_opens_for_each_token(
    messengers: tuple[str, ...],
    folder: Path,
    sqlite_url: str,
    server: TelegramServer,
    stage: Stage,
    discord: DiscordServer,
    servers: Servers,
) -> None:
    doors = {"telegram": telegram_door(server, stage.bot), "discord": discord_door(discord, servers.bot)}
    environment = house.web(sqlite_url)
    for name in messengers:
        environment |= doors[name]

    def is_open(name: str) -> bool:
        return bool(stage.world.calls_of("getUpdates") if name == "telegram" else servers.bot.gateway.connected)

    async with running("run", folder=folder, **environment) as process:
        assert ",".join(sorted([*messengers, "web", "worker"])) in await process.says('"parts"')
        await until(lambda: all(is_open(name) for name in messengers), 20)
        await process.says("the web listens")
        process.hears(signal.SIGTERM)
        done = await process.end(within=10)
    assert (done.code, done.out) == (0, "")
    for name in doors:
        line = f"{name.title()} is off: SAYSO_{name.upper()}_TOKEN is missing"
        assert done.err.count(line) == (name not in messengers)
        assert name in messengers or not is_open(name)


async def _last_line(process: Running) -> str:
    done = await process.end(within=20)
    assert (done.code, done.out) == (1, "")
    assert "Traceback" not in done.err
    return done.err.splitlines()[-1]


async def test_without_the_members_intent_it_ends_and_says_where_to_switch_it_on(
    folder: Path, sqlite_url: str, discord: DiscordServer, servers: Servers
) -> None:
    servers.bot.privileged = Intent(0)
    environment = house.web(sqlite_url) | discord_door(discord, servers.bot)
    async with running("run", folder=folder, **environment) as process:
        line = await _last_line(process)
    assert line.startswith("sayso: ")
    assert "switch on Server Members Intent" in line


async def test_with_a_wrong_token_it_ends_and_says_where_to_find_the_right_one(
    folder: Path, sqlite_url: str, discord: DiscordServer, servers: Servers
) -> None:
    environment = house.web(sqlite_url) | discord_door(discord, servers.bot)
    wrong = environment | {"SAYSO_DISCORD_TOKEN": "canary.token.of-nobody"}
    async with running("run", folder=folder, **wrong) as process:
        line = await _last_line(process)
    assert line.startswith("sayso: ")
    assert "SAYSO_DISCORD_TOKEN" in line
    assert "canary" not in process.err

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.sandbox.discord import DiscordServer, DiscordWorld
from bots.sandbox.telegram import TelegramServer, TelegramWorld
from tests.end_to_end.servers import Servers
from tests.end_to_end.stage import Stage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for the processes to work in."""
    place = tmp_path / "here"
    place.mkdir()
    return place


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(TelegramWorld()) as server:
        yield server


@pytest.fixture
def stage(server: TelegramServer) -> Stage:
    return Stage(server.world)


@pytest.fixture
async def discord() -> AsyncIterator[DiscordServer]:
    async with DiscordServer(DiscordWorld()) as server:
        yield server


@pytest.fixture
def servers(discord: DiscordServer) -> Servers:
    return Servers(discord.world)

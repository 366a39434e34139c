import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.sandbox.discord import DiscordServer, DiscordWorld
from bots.sandbox.telegram import TelegramServer, TelegramWorld
from tests.end_to_end.servers import Servers
from tests.end_to_end.stage import Stage
from tests.faults.nursery import Nursery, nursery


@pytest.fixture(autouse=True)
def durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot gives `retry_after` as a timedelta, and does not warn of the change."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for the processes to work in."""
    place = tmp_path / "here"
    place.mkdir()
    return place


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """Telegram, which tries again sooner than the real one."""

    async def pause(seconds: float) -> None:
        await asyncio.sleep(min(seconds / 20, 0.2))

    async with TelegramServer(TelegramWorld(calls_kept=1_000_000), pause=pause) as server:
        yield server


@pytest.fixture
def stage(server: TelegramServer) -> Stage:
    return Stage(server.world)


@pytest.fixture
async def discord() -> AsyncIterator[DiscordServer]:
    async with DiscordServer(DiscordWorld(calls_kept=1_000_000)) as server:
        yield server


@pytest.fixture
def servers(discord: DiscordServer) -> Servers:
    return Servers(discord.world)


@pytest.fixture
async def sayso(folder: Path) -> AsyncIterator[Nursery]:
    async with nursery(folder) as sayso:
        yield sayso

"""PostgreSQL stops while updates flow, and comes back: nothing is acknowledged meanwhile, and then all goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from random import Random, randrange
from typing import Any

import aiohttp
import pytest

from bots.sandbox.telegram import TelegramServer
from core.database import Database
from tests.end_to_end.stage import Stage, settings
from tests.faults import figures
from tests.faults.crowd import Crowd
from tests.faults.nursery import Nursery
from tests.postgres import PostgresServer
from tests.waiting import until


@pytest.fixture
async def own_postgres() -> AsyncIterator[PostgresServer]:
    """A server that a test may stop."""
    server = PostgresServer()
    try:
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(server.execute, "CREATE DATABASE sayso")
        yield server
    finally:
        await asyncio.to_thread(server.remove)


async def asked(url: str) -> tuple[int, Any]:
    """The answer of the process's web; (0, None) while it has none."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.status, await (response.json() if "json" in response.content_type else response.text())
    except aiohttp.ClientConnectionError:
        return 0, None


async def is_ready(web: str) -> bool:
    return (await asked(f"{web}/readyz"))[0] == 200


async def not_ready(web: str) -> Any:
    status, told = await asked(f"{web}/readyz")
    return told["not_ready"] if status == 503 else None


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_while_the_database_is_gone_nothing_is_acknowledged_and_then_all_goes_on(
    mode: str, folder: Path, own_postgres: PostgresServer, server: TelegramServer, stage: Stage, sayso: Nursery
) -> None:
    seed = randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    crowd, url = Crowd(stage, Random(seed)), own_postgres.url("sayso")
    environment = settings(url, server, stage.bot, mode=mode)
    web, updates = environment["SAYSO_PUBLIC_URL"], stage.bot.updates
    await sayso.start("run", str(stage.file(folder, stay="1 second", chats=[stage.salon])), **environment)
    await until(lambda: is_ready(web), 20)
    await crowd.ask_for_links()
    for _ in range(20):
        crowd.act()
    await asyncio.to_thread(own_postgres.stop)
    for _ in range(30):
        crowd.act()

    told = await until(lambda: not_ready(web), 20)
    assert told == {"database": "database_unavailable"}
    waits = [update.id for update in updates.pending()]
    calls, refused = len(stage.world.calls_of("getUpdates")), stage.bot.webhook and stage.bot.webhook.last_error
    if mode == "polling":
        await stage.world.until(lambda: len(stage.world.calls_of("getUpdates")) > calls + 1, seconds=20)
    else:
        assert refused == "Wrong response from the webhook: 503 Service Unavailable"
    assert [update.id for update in updates.pending()] == waits
    assert len(waits) >= 30
    assert await asked(f"{web}/healthz") == (200, "ok")

    await asyncio.to_thread(own_postgres.start)
    await until(lambda: is_ready(web), 20)
    for _ in range(10):
        crowd.act()
    db = Database(url)
    with suppress(TimeoutError):  # what is missing then is said best by the comparison
        await until(lambda: figures.all_done(db, crowd), 60)
    assert await sayso.stop() == 0, sayso.log.read_text()
    await figures.compare(db, crowd)
    await db.close()
    print(f"{crowd.acts} acts, {figures.answered_twice(crowd)} answers came twice")

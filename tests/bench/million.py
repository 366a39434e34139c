"""A journal of a million facts: how long an audit takes, how soon Sayso is ready after a kill, how much memory it uses.

    python -m tests.bench.million [--facts 1000000] [--store SQLite]

The facts are taken in by the product's own code (friends who start, then join), which takes some minutes. Then the
database is audited; `sayso run` is started on it against the stand-in, killed with SIGKILL while updates flow, and
started again until `/readyz` answers 200; its memory is read while it works. Joins into the full database are timed one
at a time and in batches, each in durable commits (performance.md T13, T16, T17, T18).
"""

import argparse
import asyncio
import os
import signal
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from sqlalchemy import func, select

from bots.sandbox.telegram import TelegramServer, TelegramWorld
from core.audit import audit
from core.database import Database, table_of
from core.journal.table import FactRow
from tests.bench.community import Door, databases, door, joins, starts

TOKEN = "1:bench"
AT_ONCE = 2000


async def main() -> None:
    options = _options()
    with databases() as fresh:
        url = fresh[options.store]()
        async with door(url) as way_in:
            friends = await _fill(way_in, options.facts)
            await _audit(way_in.db)
            await _joins(way_in, friends)
        await _kill_and_return(url)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--store", choices=("SQLite", "PostgreSQL"), default="SQLite")
    return parser.parse_args()


async def _fill(way_in: Door, facts: int) -> int:
    """Friends who start and then join, until the journal holds that many facts; how many friends that took."""
    friends, began = 0, time.perf_counter()
    while (held := await _count(way_in.db)) < facts:
        numbers = range(friends, friends + AT_ONCE)
        await way_in.take(starts(way_in.codes, numbers, datetime.now(UTC)), at_once=500)
        await way_in.take(joins(way_in.codes, numbers, datetime.now(UTC)), at_once=500)
        friends += AT_ONCE
    seconds = time.perf_counter() - began
    _say(f"{held:,} facts of {friends:,} friends in {seconds:.0f} s")
    return friends


async def _count(db: Database) -> int:
    async with db.read() as tx:
        return int((await tx.execute(select(func.max(table_of(FactRow).c.id)))).scalar_one() or 0)


async def _audit(db: Database) -> None:
    began = time.perf_counter()
    async with db.read() as tx:
        differences = await audit(tx)
    _say(f"audit: {time.perf_counter() - began:.1f} s, {len(differences)} differences")


async def _joins(way_in: Door, friends: int) -> None:
    """Joins a second with a full database: one durable commit each, and in batches."""
    now = datetime.now(UTC)
    single = joins(way_in.codes, range(friends, friends + 200), now)
    began = time.perf_counter()
    for update in single:
        await way_in.take([update])
    _say(f"joins one at a time: {len(single) / (time.perf_counter() - began):,.0f}/s")
    many = joins(way_in.codes, range(friends + 200, friends + 8200), now)
    began = time.perf_counter()
    await way_in.take(many)
    _say(f"joins in batches: {len(many) / (time.perf_counter() - began):,.0f}/s")


async def _kill_and_return(url: str) -> None:
    world = TelegramWorld()
    async with TelegramServer(world) as telegram:
        bot = world.bot(TOKEN, "sayso_bench_bot")
        world.chat("supergroup", "Salon", username="salon", admins=[bot])
        times = []
        for turn in range(4):
            async with _running(url, telegram.url) as (process, ready):
                times.append(ready)
                people = [world.user(f"Guest {turn} {n}") for n in range(2000)]
                for person in people:
                    person.start(bot)
                await world.until(lambda: len(bot.updates) == 0, seconds=120)
                _say(f"start {turn + 1}: ready after {ready:.2f} s; memory under load {_memory(process.pid):.0f} MiB")
        _say(f"ready after a kill: median {statistics.median(times[1:]):.2f} s")


@asynccontextmanager
async def _running(url: str, telegram: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, float]]:
    """`sayso run` as a process of its own, and the seconds until it was ready; killed at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    settings = {
        "SAYSO_DATABASE_URL": url,
        "SAYSO_LISTEN": listen,
        "SAYSO_TELEGRAM_TOKEN": TOKEN,
        "SAYSO_TELEGRAM_API": telegram,
    }
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bots.cli", "run", env={**os.environ, **settings}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process, await _until_ready(f"http://{listen}/readyz", began)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


async def _until_ready(url: str, began: float) -> float:
    async with aiohttp.ClientSession() as session:
        while time.perf_counter() - began < 60:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return time.perf_counter() - began
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.02)
    raise TimeoutError(f"{url} was not ready within a minute")


def _memory(pid: int) -> float:
    """Resident MiB of a process (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in status if line.startswith("VmHWM:"))) / 1024


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(main())

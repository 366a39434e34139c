"""How many visits a second the Recorder keeps for good, beside a bare sqlite3 thread that writes the same table.

    python -m tests.bench.append [--rounds 5] [--visits 20000] [--batch 100]

Twice as many ask as are in a batch, each again once it is answered, so that a batch comes together while one is
written. Bare: one thread, one connection, the same columns, index and durability, one executemany and one commit a
batch; it looks for nothing, counts nothing and wakes nobody.
"""

import argparse
import asyncio
import random
import secrets
import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from core.clock import SystemClock
from core.database import Database
from core.database.migrate import migrate
from core.visits import Met, Recorder, Visit
from tests.bench.community import databases

BARE = "sqlite3"
Append: TypeAlias = Callable[[Database, list[Visit], int], Awaitable[None]]
_NAMES = "key, kind, at, campaign_id, advocate_id, code, data, recorded_at"
_BARE_INSERT = f"INSERT INTO journal ({_NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


def main() -> None:
    options = _options()
    found: dict[str, list[float]] = {}
    with databases() as fresh:
        for turn in range(options.rounds):
            for way in random.sample([BARE, *fresh], len(fresh) + 1):
                url = fresh["SQLite" if way == BARE else way]()
                append = _bare if way == BARE else _recorder
                found.setdefault(way, []).append(asyncio.run(_measure(url, append, options.visits, options.batch)))
            print(f"round {turn + 1} of {options.rounds} done", flush=True)
    _report(found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--visits", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=100)
    return parser.parse_args()


async def _measure(url: str, append: Append, visits: int, batch: int) -> float:
    """Visits a second."""
    db = Database(url)
    await migrate(db)
    told = [a_visit() for _ in range(visits)]
    began = time.perf_counter()
    await append(db, told, batch)
    took = time.perf_counter() - began
    await db.close()
    return visits / took


async def _recorder(db: Database, visits: list[Visit], batch: int) -> None:
    recorder, stop = Recorder(db, SystemClock(), lambda: secrets.randbits(48)), asyncio.Event()
    writing = asyncio.create_task(recorder.run(stop))
    left = iter(visits)

    async def ask() -> None:
        for visit in left:
            assert await recorder.record(visit)

    await asyncio.gather(*(ask() for _ in range(2 * batch)))
    stop.set()
    await writing


async def _bare(db: Database, visits: list[Visit], batch: int) -> None:
    await asyncio.to_thread(_in_thread, str(db.url.database), visits, batch)


def _in_thread(path: str, visits: list[Visit], batch: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    for first in range(0, len(visits), batch):
        at = (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        some = visits[first : first + batch]
        rows = [(f"click/1/{v.code}/{v.visitor}", "click", at, v.campaign_id, 7, v.code, None, at) for v in some]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_BARE_INSERT, rows)
        connection.execute("COMMIT")
    connection.close()


def a_visit() -> Visit:
    return Visit(
        met=Met.CLICK,
        code=f"AAAAAAAA{random.randrange(200):03}",
        campaign_id=1,
        advocate_id=7,
        at=datetime.now(UTC),
        channel=None,
        app=None,
        visitor=secrets.token_urlsafe(12),
        number=0,
    )


def _report(found: dict[str, list[float]]) -> None:
    print(f"{'':14}{'visits/s':>28}{'ratio':>8}")
    for way, rates in found.items():
        ratio = statistics.median([mine / theirs for mine, theirs in zip(rates, found[BARE], strict=True)])
        spread = f"{statistics.median(rates):,.0f} [{min(rates):,.0f}-{max(rates):,.0f}]"
        print(f"{way:14}{spread:>28}{ratio:>8.2f}")


if __name__ == "__main__":
    main()

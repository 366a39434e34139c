"""What a recorded click costs as the journal grows: batches of visits at each size, beside the smallest one.

    python -m tests.bench.journal_size [--facts 10000 1000000] [--rounds 5] [--only SQLite PostgreSQL]

The journal is filled with clicks of the months before, by the database itself. A million facts take about 0.3 GB of the
temporary folder and some seconds on each database; ten million (--facts 10000 1000000 10000000) 3 GB and minutes.
Sizes are measured in turns, in shuffled order, each on a database of its own.
"""

import argparse
import asyncio
import random
import secrets
import statistics
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from core.clock import SystemClock
from core.database import Database
from core.database.migrate import migrate
from core.visits import Recorder
from tests.bench.append import a_visit
from tests.bench.community import databases

AT_ONCE = 50_000
BATCHES = 60
BATCH = 32
SECONDS_APART = 3

# Keys as `core.visits` makes them, an hour after the other, with codes and visitors in no order.
_COLUMNS = "INSERT INTO journal (key, campaign_id, kind, at, recorded_at, advocate_id, code)"
_FILL = {
    True: f"""
        WITH RECURSIVE n (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM n WHERE n < :last)
        {_COLUMNS} SELECT 'click/' || ((:since + n * {SECONDS_APART}) / 3600) || '/AAAAAAAA' ||
            printf('%03d', abs(random()) % 200) || '/' || lower(hex(randomblob(8))), 1, 'click',
            (:since + n * {SECONDS_APART}) * 1000000, (:since + n * {SECONDS_APART}) * 1000000, 7, 'AAAAAAAA000' FROM n
    """,
    False: f"""
        {_COLUMNS} SELECT 'click/' || ((:since + n * {SECONDS_APART}) / 3600) || '/AAAAAAAA' ||
            lpad((random() * 199)::int::text, 3, '0') || '/' || left(md5(random()::text), 16), 1, 'click',
            to_timestamp(:since + n * {SECONDS_APART}), to_timestamp(:since + n * {SECONDS_APART}), 7, 'AAAAAAAA000'
        FROM generate_series(cast(:first AS bigint), cast(:last AS bigint)) AS n
    """,
}  # fmt: skip


def main() -> None:
    options = _options()
    with databases() as fresh:
        for way in options.only:
            asyncio.run(_compare(way, {facts: fresh[way]() for facts in options.facts}, options.rounds))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=["SQLite", "PostgreSQL"], default=["SQLite", "PostgreSQL"])
    return parser.parse_args()


async def _compare(way: str, urls: dict[int, str], rounds: int) -> None:
    sizes = {facts: Database(url) for facts, url in urls.items()}
    for facts, db in sizes.items():
        began = time.perf_counter()
        await _fill(db, facts)
        gigabytes = await _gigabytes(db)
        print(f"{way}: {facts:,} facts in {time.perf_counter() - began:.0f} s, {gigabytes:.2f} GB", flush=True)
    found: dict[int, list[list[float]]] = {}
    for _ in range(rounds):
        for facts in random.sample(list(sizes), len(sizes)):
            found.setdefault(facts, []).append(await _record(sizes[facts]))
    for db in sizes.values():
        await db.close()
    _report(way, found)


async def _fill(db: Database, facts: int) -> None:
    await migrate(db)
    since = int(datetime.now(UTC).timestamp()) - (facts + 3600) * SECONDS_APART
    for first in range(1, facts + 1, AT_ONCE):
        async with db.begin() as tx:
            part = {"first": first, "last": min(first + AT_ONCE - 1, facts), "since": since}
            await tx.execute(text(_FILL[db.is_sqlite]), part)
    if not db.is_sqlite:
        async with db.begin() as tx:
            await tx.execute(text("ANALYZE journal"))


async def _gigabytes(db: Database) -> float:
    sqlite = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    async with db.read() as tx:
        return (
            float(
                (
                    await tx.execute(text(sqlite if db.is_sqlite else "SELECT pg_total_relation_size('journal')"))
                ).scalar_one()
            )
            / 1e9
        )


async def _record(db: Database) -> list[float]:
    """The milliseconds that each batch took."""
    recorder, stop = Recorder(db, SystemClock(), lambda: secrets.randbits(48)), asyncio.Event()
    writing = asyncio.create_task(recorder.run(stop))
    took: list[float] = []
    for _ in range(BATCHES):
        began = time.perf_counter()
        assert all(await asyncio.gather(*(recorder.record(a_visit()) for _ in range(BATCH))))
        took.append((time.perf_counter() - began) * 1000)
    stop.set()
    await writing
    return took


def _report(way: str, found: dict[int, list[list[float]]]) -> None:
    print(f"{way:>14}{'us a visit':>14}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}   (of a batch of {BATCH})")
    smallest = [statistics.median(took) for took in found[min(found)]]
    for facts, rounds in sorted(found.items()):
        p50 = [statistics.median(took) for took in rounds]
        slow = statistics.median([sorted(took)[int(len(took) * 0.99)] for took in rounds])
        ratio = statistics.median([mine / first for mine, first in zip(p50, smallest, strict=True)])
        middle: Any = statistics.median(p50)
        print(f"{facts:>14,}{middle / BATCH * 1000:>14.1f}{ratio:>8.2f}{middle:>9.2f}{slow:>9.2f}")


if __name__ == "__main__":
    main()

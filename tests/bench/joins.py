"""How many joins a second are taken in with everything that comes of them, beside the bare writing of the same rows.

    python -m tests.bench.joins [--members 1000000] [--joins 1000] [--rounds 5] [--stores SQLite] [--profile]

In a community of that size, friends join by their advocates' invitations and qualify at once: each writes a member, an
account, a membership, a touch, a referral, seven lines of the journal, two grants, the ledger, the advocate's standing
with its ranks, totals, and the outbox (performance.md, T13). One friend a commit with one caller, and many a commit.
The bare way sends the driver the very statements that wrote these rows, and nothing else: it reads nothing and decides
nothing. Each round runs every way once, in shuffled order, and ratios are taken within a round.
"""

import argparse
import asyncio
import cProfile
import gc
import pstats
import random
import sqlite3
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import PurePath
from typing import Any

import asyncpg
from sqlalchemy import event

from core import intake
from core.database import Database
from core.database.migrate import migrate
from tests.bench.community import databases
from tests.bench.crowd import NOW, Crowd, gather

SIZES = (1, 100, 500)
WARM = 50

Said = tuple[str, Any, bool]
"""A statement, its values, and whether it is run for each of several rows."""

Write = Callable[[Sequence[Said]], Awaitable[None]]


async def main() -> None:
    options = _options()
    with databases() as fresh:
        for store in options.stores:
            db = Database(fresh[store]())
            await migrate(db)
            began = time.perf_counter()
            friends = _Friends(await gather(db, options.members))
            _say(f"{store}: {options.members:,} members in {time.perf_counter() - began:.0f} s")
            gc.collect()
            gc.freeze()  # as `sayso run` does
            async with _bare(db) as write:
                await _measure(store, friends, write, options)
            await db.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--joins", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--stores", nargs="+", default=["SQLite", "PostgreSQL"])
    parser.add_argument("--profile", action="store_true", help="say where the time of single joins goes")
    return parser.parse_args()


class _Friends:
    """Friends who have not come yet."""

    def __init__(self, crowd: Crowd) -> None:
        self.db, self._crowd, self._next = crowd.db, crowd, crowd.members + 1

    async def join(self, many: int) -> None:
        """So many of them, in one commit."""
        facts = [fact for number in range(self._next, self._next + many) for fact in self._crowd.come(number)]
        self._next += many
        async with self.db.begin() as tx:
            await intake.take(tx, facts, now=NOW)

    async def said(self, many: int, commits: int) -> list[list[Said]]:
        """What is said to write so many of them in each of these commits. Nothing of it stays."""
        batches = []
        try:
            async with self.db.begin() as tx:
                for _ in range(commits):
                    facts = [fact for n in range(self._next, self._next + many) for fact in self._crowd.come(n)]
                    self._next += many
                    with _heard(self.db) as said:
                        await intake.take(tx, facts, now=NOW)
                    batches.append([each for each in said if not each[0].startswith(("SELECT", "BEGIN"))])
                raise _Undone
        except _Undone:
            return batches


class _Undone(Exception):  # noqa: N818 (nothing went wrong)
    """What was written is not kept."""


class _heard:  # noqa: N801 (used as a function)
    """The statements that a database is sent meanwhile."""

    def __init__(self, db: Database) -> None:
        self._engine = db._engine.sync_engine
        self._said: list[Said] = []

    def __enter__(self) -> list[Said]:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self._said

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, connection: Any, cursor: Any, words: str, values: Any, context: Any, many: bool) -> None:
        self._said.append((words, values, many))


@asynccontextmanager
async def _bare(db: Database) -> AsyncIterator[Write]:
    """Statements in a durable commit, by the driver alone."""
    if db.is_sqlite:
        file = sqlite3.connect(str(db.url.database), isolation_level=None)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
            file.execute(f"PRAGMA {pragma}")
        yield lambda said: _write_to_file(file, said)
        file.close()
    else:
        server = await asyncpg.connect(db.url.set(drivername="postgresql").render_as_string(hide_password=False))
        yield lambda said: _write_to_server(server, said)
        await server.close()


async def _write_to_file(file: sqlite3.Connection, said: Sequence[Said]) -> None:
    file.execute("BEGIN IMMEDIATE")
    for words, values, many in said:
        if many:
            file.executemany(words, values)
        else:
            file.execute(words, values).fetchall()
    file.execute("COMMIT")


async def _write_to_server(server: Any, said: Sequence[Said]) -> None:
    async with server.transaction():
        for words, values, _ in said:
            await server.fetch(words, *values)


async def _measure(store: str, friends: _Friends, write: Write, options: argparse.Namespace) -> None:
    rates: dict[tuple[int, str], list[float]] = {}
    took: list[float] = []
    for _ in range(WARM):
        await friends.join(1)
    with _heard(friends.db) as said:
        await friends.join(1)
    reads = sum(words.startswith("SELECT") for words, _, _ in said)
    _say(f"{store}: {len(said)} statements for one join, {reads} of them read")
    for _ in range(options.rounds):
        ways = [(size, way) for size in SIZES for way in ("ours", "bare")]
        random.shuffle(ways)
        for size, way in ways:
            commits = max(4, options.joins // size)
            found = await (_ours(friends, size, commits) if way == "ours" else _theirs(friends, write, size, commits))
            rates.setdefault((size, way), []).append(size * commits / sum(found))
            took += found if (size, way) == (1, "ours") else []
    for size in SIZES:
        ratio = statistics.median(map(_divided, rates[size, "ours"], rates[size, "bare"]))
        shown = "  ".join(f"{way} {_spread(rates[size, way])}" for way in ("ours", "bare"))
        _say(f"{store}: {size:4} a commit: {shown}  ratio {ratio:.2f}")
    p99 = statistics.quantiles(took, n=100)[98]
    _say(f"{store}: one join: p50 {statistics.median(took) * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms")
    if options.profile:
        await _profile(store, friends, options.joins)


async def _ours(friends: _Friends, size: int, commits: int) -> list[float]:
    """The seconds of each commit."""
    return [await _timed(friends.join(size)) for _ in range(commits)]


async def _theirs(friends: _Friends, write: Write, size: int, commits: int) -> list[float]:
    said = await friends.said(size, commits)
    if not friends.db.is_sqlite:
        async with friends.db.begin() as tx:  # the numbers given out are not taken back with the rest
            await tx.exec_driver_sql("SELECT setval('member_id_seq', (SELECT max(id) FROM member))")
    return [await _timed(write(batch)) for batch in said]


async def _timed(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def _profile(store: str, friends: _Friends, joins: int) -> None:
    """Where the processor's time of single joins goes, and how long is waited."""
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(joins):
        await friends.join(1)
    profile.disable()
    shares: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        shares[_whose(file, name)] += own
    every = sum(shares.values())
    shown = ", ".join(f"{whose} {100 * own / every:.0f} %" for whose, own in shares.most_common(8))
    _say(f"{store}: where the time goes: {shown}")


def _whose(file: str, name: str) -> str:
    parts = PurePath(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    if "core" in parts:
        return "/".join(parts[parts.index("core") :][:2])
    return "waiting" if "poll" in name else "SQLite" if "sqlite3" in name else "Python"


def _divided(mine: float, bare: float) -> float:
    return mine / bare


def _spread(found: list[float]) -> str:
    return f"{statistics.median(found):,.0f}/s [{min(found):,.0f}-{max(found):,.0f}]"


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(main())

"""Cascades: reading them at any size, folding them, and the longest chain (performance.md, T11, T12 and T14).

    python -m tests.bench.cascade [--members 10000 1000000] [--chain 10000] [--seconds 10]

Trees are random as in section 6. Their figures are written straight into the tables; then the journal's lines of
further friends are folded on top. Reads are medians of many, each of another member. In the chain, friends join at its
end at a fixed rate, through the intake as the doors do it, each with a link of their own; others join elsewhere at the
same time; once a second everything is folded, in the same process. The same is done without folding: the ratio of the
two is what folding costs.
"""

import argparse
import asyncio
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import text

from core import campaign as campaigns
from core import cascade, chats, folds, histograms, intake, journal, totals
from core.campaign.values import Account, Campaign, Community, Platform, Qualify, Window
from core.cascade.figures import counts_of, numbers_of
from core.cascade.rules import Forest, Node, Sign
from core.cascade.table import NodeRow, SpreadRow
from core.database import Database, insert_rows, table_of
from core.database.migrate import migrate
from core.intake.facts import Joined, LinkWanted, Started
from core.journal import Fact, Kind
from core.members import Person, meet
from core.members.table import MemberRow
from core.totals import Standing
from tests.bench.community import databases

NOW = datetime(2026, 12, 1, tzinfo=UTC)
CHAT = -1001000000001
READS = 400
FOLDED = 20_000
ELSEWHERE = 5_000_000
PER_SECOND = 10
WRITTEN_AT_ONCE = 50_000
_COLUMNS = {
    **{name: name for name in ("channel", "depth", "size", "height", "direct", "linked_at", "arrived_at", "cycle")},
    "parent": "parent_id",
}
"""Of a node, and of its table."""


async def main() -> None:
    options = _options()
    with databases() as fresh:
        for store, new in fresh.items():
            times: dict[str, list[float]] = {}
            for members in options.members:
                async with _opened(new()) as db:
                    await _grow(db, members, options.seed)
                    for name, seconds in (await _read(db, members, options.seed)).items():
                        times.setdefault(name, []).append(seconds)
                    rate = await _fold(db, members, options.seed)
                _say(f"{store}, {members:,}: folding {rate:,.0f} friends/s")
            for name, each in times.items():
                shown = "  ".join(f"{seconds * 1000:.3f} ms" for seconds in each)
                _say(f"{store}: {name:<28} {shown}  flatness {each[-1] / each[0]:.2f}")
            async with _opened(new()) as db:
                await _chain(db, store, options.chain, options.seconds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--chain", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    db = Database(url)
    await migrate(db)
    try:
        yield db
    finally:
        await db.close()


def _parents(members: int, random: Random) -> list[int | None]:
    """Whom each member came through; the number is one more than the place in the list."""
    found: list[int | None] = []
    for n in range(members):
        if n == 0 or random.random() < 0.15:
            found.append(None)
            continue
        advocate = random.randrange(n)
        found.append((found[advocate] or advocate + 1) if random.random() < 0.47 else advocate + 1)
    return found


async def _grow(db: Database, members: int, seed: int) -> None:
    """A random tree with its figures, and a standing for everybody who brought somebody."""
    forest = Forest()
    for n, parent in enumerate(_parents(members, Random(seed)), start=1):
        key = (1, n)
        forest.take(Sign(key, None, None, linked_at=NOW + timedelta(seconds=n)))
        if parent is not None:
            forest.take(Sign(key, parent, "email", arrived_at=NOW + timedelta(seconds=n)))
    forest.carry_up({})
    await _write(db, {key: node for key, node in forest.nodes.items() if isinstance(node, Node)})
    async with db.begin() as tx:
        await tx.execute(text("INSERT INTO fold (name, upto) VALUES ('cascade', 0)"))
    async with db.begin() as tx:
        await tx.execute(text("INSERT INTO campaign (id, slug, version) VALUES (1, 'bench', 1)"))
        people = ((n, True, NOW) for n in range(1, members + 1))
        await insert_rows(tx, table_of(MemberRow), ("id", "reminders", "created_at"), people)
    for first in range(1, members + 1, WRITTEN_AT_ONCE):
        async with db.begin() as tx:
            here = ((n, forest.nodes[1, n].direct) for n in range(first, min(members, first + WRITTEN_AT_ONCE - 1) + 1))
            standings = {(1, n): Standing(qualified=direct, points=10 * direct + n % 3) for n, direct in here if direct}
            await totals.keep_standings(tx, standings)
    async with db._engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("ANALYZE"))


async def _write(db: Database, nodes: dict[tuple[int, int], Node]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    numbers: Counter[tuple[int, str, int]] = Counter()
    for node in nodes.values():
        channel, counted = counts_of(node)
        for name in ("friends", "advocates", "cycles", "cycle_seconds"):
            counts[channel, name] += getattr(counted, name)
        numbers.update((1, *number) for number in numbers_of(node))
    names = (*(column.name for column in table_of(NodeRow).primary_key), *_COLUMNS.values())
    rows = [(*key, *(getattr(node, name) for name in _COLUMNS)) for key, node in nodes.items()]
    for first in range(0, len(rows), WRITTEN_AT_ONCE):
        async with db.begin() as tx:
            await insert_rows(tx, table_of(NodeRow), names, rows[first : first + WRITTEN_AT_ONCE])
    async with db.begin() as tx:
        await histograms.add(tx, numbers)
        channels = sorted({channel for channel, _ in counts})
        columns = ("friends", "advocates", "cycles", "cycle_seconds")
        spread = [(1, channel, *(counts[channel, name] for name in columns)) for channel in channels]
        await insert_rows(tx, table_of(SpreadRow), ("campaign_id", "channel", *columns), spread)


async def _read(db: Database, members: int, seed: int) -> dict[str, float]:
    """Seconds for each question; those about a member are each about another one."""
    random = Random(seed)
    someone = iter([random.randint(1, members) for _ in range(READS * 10)])
    async with db.read() as tx:
        asked: dict[str, Callable[[], Awaitable[Any]]] = {
            "T11 top 100, whole cascade": lambda: cascade.leaders(tx, 1, limit=100),
            "T11 top 100, leaderboard": lambda: totals.leaderboard(tx, 1, limit=100),
            "T12 size, depth, direct": lambda: cascade.of_member(tx, 1, next(someone)),
            "T12 rank by cascade, any": lambda: cascade.rank_of(tx, 1, int(random.paretovariate(0.6))),
            "T12 rank on the leaderboard": lambda: totals.rank_of(tx, 1, Standing(qualified=1, points=11)),
            "children, 50": lambda: cascade.children(tx, 1, next(someone)),
            "spread of the campaign": lambda: cascade.spread(tx, 1),
        }
        found = {}
        for name, ask in asked.items():
            each = []
            for _ in range(READS):
                began = time.perf_counter()
                await ask()
                each.append(time.perf_counter() - began)
            found[name] = statistics.median(each)
    return found


async def _fold(db: Database, members: int, seed: int) -> float:
    """Friends a second who arrive below members of the tree, each third with a link of their own."""
    random, lines = Random(seed + 1), []
    for n in range(members + 1, members + FOLDED + 1):
        told = {"status": "pending", "reason": "staying", "confidence": "exact", "version": 1, "channel": "whatsapp"}
        advocate, at = random.randint(1, n - 1), NOW + timedelta(days=1, seconds=n)
        data = {**told, "arrived": int(at.timestamp())}
        about = {"campaign_id": 1, "member_id": n, "advocate_id": advocate, "at": at}
        lines.append(Fact(key=f"judged/{n}", kind=Kind.JUDGED, data=data, **about))
        if n % 3 == 0:
            lines.append(Fact(key=f"link/{n}", kind=Kind.LINK, data={"channel": "whatsapp"}, **about))
    async with db.begin() as tx:
        await journal.append(tx, lines, now=NOW)
    began = time.perf_counter()
    await folds.catch_up(db)
    return FOLDED / (time.perf_counter() - began)


async def _chain(db: Database, store: str, length: int, seconds: int) -> None:
    """Friends at the end of a chain, and others elsewhere, without and with folding."""
    town = await _Town.of(db)
    await town.grow_chain(length)
    began = time.perf_counter()
    await folds.catch_up(db)
    _say(f"{store}: a chain of {length:,} folded in {time.perf_counter() - began:.1f} s")
    for name, folding in (("without folding", False), ("folding", True), ("without folding", False), ("folding", True)):
        chain, others, behind = await town.joins(seconds, folding=folding)
        _say(
            f"{store}: T14 {name:<16} join at the end of the chain p50 {_ms(chain, 50)} p99 {_ms(chain, 99)} ms, "
            f"elsewhere p50 {_ms(others, 50)} p99 {_ms(others, 99)} ms"
            + (f"; a fold takes {max(behind):.2f} s at most" if behind else "")
        )
    await folds.catch_up(db)
    async with db.read() as tx:
        [top] = await cascade.leaders(tx, town.campaign_id, limit=1)
    _say(f"{store}: exact: {top.size == town.length - 1 and top.height == town.length - 1}, size {top.size:,}")


def _ms(seconds: list[float], percent: int) -> str:
    return f"{statistics.quantiles(seconds, n=100)[percent - 1] * 1000:.1f}"


class _Town:
    """A campaign with a chain of members, and an advocate elsewhere."""

    def __init__(self, db: Database, campaign_id: int) -> None:
        self.db, self.campaign_id, self.length, self.elsewhere = db, campaign_id, 0, 0
        self.end = self.other = ""

    @classmethod
    async def of(cls, db: Database) -> "_Town":
        window = Window(timezone="UTC", starts=NOW - timedelta(days=1))
        community = Community(name="salon", platform=Platform.TELEGRAM, chat=CHAT)
        qualify = Qualify(stay=timedelta(days=3))
        campaign = Campaign(
            slug="bench", title={"en": "Bench"}, window=window, communities=(community,), qualify=qualify
        )
        async with db.begin() as tx:
            applied = await campaigns.keep(tx, campaign, now=campaign.window.starts)
            await chats.set_communities(tx, applied.id, {"salon": await chats.ensure(tx, Platform.TELEGRAM, CHAT)})
        town = cls(db, applied.id)
        town.end = await town._join(1, None)
        town.other = await town._join(ELSEWHERE, None)
        town.length = 1
        return town

    async def grow_chain(self, length: int) -> None:
        """A chain by its lines in the journal only, but for its two ends."""
        first = await self._join(2, self.end)
        assert first
        self.length = length
        async with self.db.begin() as tx:
            people = await meet(tx, [_person(n) for n in range(1, length + 1)], now=NOW)
            ids = [people[_person(n).account].id for n in range(1, length + 1)]
            data = {"status": "pending", "reason": "staying", "confidence": "exact", "version": 1}
            lines = [
                Fact(
                    key=f"chain/{n}",
                    kind=Kind.JUDGED,
                    at=NOW,
                    campaign_id=self.campaign_id,
                    member_id=ids[n],
                    advocate_id=ids[n - 1],
                    data={**data, "arrived": int(NOW.timestamp()) + n},
                )
                for n in range(2, length)
            ]
            await journal.append(tx, lines, now=NOW)
        self.end = await self._link(length)

    async def joins(self, seconds: int, *, folding: bool) -> tuple[list[float], list[float], list[float]]:
        """Latencies of joins at the end of the chain, of those elsewhere, and how long each fold took."""
        chain: list[float] = []
        others: list[float] = []
        behind: list[float] = []
        stop = asyncio.Event()
        fold = asyncio.create_task(self._fold_each_second(stop, behind) if folding else stop.wait())
        began = time.perf_counter()
        for n in range(seconds * PER_SECOND):
            await asyncio.sleep(max(0, began + n / PER_SECOND - time.perf_counter()))
            due = began + n / PER_SECOND
            self.length += 1
            self.end = await self._join(self.length, self.end)
            chain.append(time.perf_counter() - due)
            await asyncio.sleep(max(0, due + 0.5 / PER_SECOND - time.perf_counter()))
            self.elsewhere += 1
            await self._join(ELSEWHERE + self.elsewhere, self.other, link=False)
            others.append(time.perf_counter() - due - 0.5 / PER_SECOND)
        stop.set()
        await fold
        return chain, others, behind

    async def _fold_each_second(self, stop: asyncio.Event, behind: list[float]) -> None:
        while not stop.is_set():
            began = time.perf_counter()
            await folds.catch_up(self.db)
            behind.append(time.perf_counter() - began)
            await asyncio.sleep(max(0, 1 - behind[-1]))

    async def _join(self, n: int, code: str | None, *, link: bool = True) -> str:
        """Somebody starts by a link, joins, and gets a link of their own: one batch, one commit."""
        person, at = _person(n), NOW + timedelta(seconds=self.length)
        facts: list[Any] = [Joined(key=f"join/{n}", at=at, person=person, chat=CHAT)]
        if code is not None:
            facts.insert(0, Started(key=f"start/{n}", at=at, person=person, code=code, channel="whatsapp"))
        if link:
            facts.append(LinkWanted(key=f"link/{n}", at=at, person=person, campaign_id=self.campaign_id))
        async with self.db.begin() as tx:
            outcomes = await intake.take(tx, facts, now=at)
        return outcomes[-1].link.code if link and outcomes[-1].link else ""

    async def _link(self, n: int) -> str:
        wanted = LinkWanted(key=f"link/{n}", at=NOW, person=_person(n), campaign_id=self.campaign_id)
        async with self.db.begin() as tx:
            [outcome] = await intake.take(tx, [wanted], now=NOW)
        assert outcome.link is not None
        return outcome.link.code


def _person(n: int) -> Person:
    return Person(account=Account(platform=Platform.TELEGRAM, id=n), name=f"Member {n}")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(main())

"""A door without a messenger: what is handed over is put on a pile, and a test may make that go wrong."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bots.exchange.kinds import After, Kind, Turn
from bots.exchange.marks import Mark
from bots.exchange.outlet import Outlet
from bots.exchange.pace import Pauses
from bots.exchange.sender import Sender
from core import members, outbox
from core.campaign.values import Account, Platform
from core.database import Database, Tx, rows_of, table_of
from core.members import Person
from core.outbox import Claimed, Outgoing
from core.outbox.table import OutboxRow
from tests.clock import FakeClock

ANA, BEN, CLEO = 1, 2, 3

_ROW = table_of(OutboxRow)


@dataclass(slots=True, kw_only=True)
class Means:
    """`piles`: the texts that each address got, in their order. `trouble`: what is raised instead, the next times."""

    db: Database
    clock: FakeClock
    pace: Pauses = field(default_factory=Pauses)
    piles: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    trouble: defaultdict[int, list[Exception]] = field(default_factory=lambda: defaultdict(list))
    tried: list[int] = field(default_factory=list)
    claims: list[int] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()


async def letter(means: Means, row: Claimed) -> None:
    means.tried.append(row.address)
    means.claims.append(row.claim)
    means.under_way += 1
    means.most_under_way = max(means.most_under_way, means.under_way)
    try:
        await means.gate.wait()
        if means.trouble[row.address]:
            raise means.trouble[row.address].pop(0)
        means.piles[row.address].append(row.content["text"])
    finally:
        means.under_way -= 1


async def parcel(means: Means, row: Claimed) -> After:
    """Whoever gets it is met, in the transaction that marks it."""
    await letter(means, row)

    async def meet(tx: Tx) -> None:
        await members.meet(tx, [_somebody(row.address)], now=means.clock.now())

    return meet


def not_at_home(row: Claimed, now: datetime) -> Mark:
    """It is kept at the counter, which is the address 1000 further."""
    note = Outgoing(
        key=f"counter/{row.key}",
        door="discord",
        address=row.address + 1000,
        kind="letter",
        content=row.content,
        due_at=now,
    )

    async def mark(tx: Tx) -> None:
        await outbox.put(tx, [note])
        await outbox.done(tx, row)

    return mark


KINDS: dict[str, Kind[Means]] = {
    "letter": Kind(letter),
    "parcel": Kind(parcel),
    "call": Kind(letter, Turn.IN_ALL),
    "flash": Kind(letter, Turn.AT_ONCE, only_newest=True),
}


@dataclass(kw_only=True)
class Post:
    """A sender with everything around it. Its clock moves when it waits."""

    db: Database
    clock: FakeClock

    def __post_init__(self) -> None:
        self.means = Means(db=self.db, clock=self.clock)
        self.moved: list[tuple[int, int]] = []
        self.sender = self.another()

    def another(
        self, *, moved: Callable[[Tx, int, int], Awaitable[object]] | None = None, each: int | None = None
    ) -> Sender[Means]:
        """One more sender on the same database, as after a restart."""
        outlet = Outlet(door="discord", kinds=KINDS, closed=not_at_home, moved=moved, each=each)
        return Sender(outlet, self.means, wait=self._wait)

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.clock.advance(seconds=seconds)

    @property
    def piles(self) -> dict[int, list[str]]:
        return {address: texts for address, texts in self.means.piles.items() if texts}

    async def put(
        self,
        address: int,
        *texts: str,
        kind: str = "letter",
        door: str = "discord",
        after: timedelta = timedelta(0),
        grant: str | None = None,
    ) -> None:
        """Put these into the outbox, due now or later."""
        rows = [
            Outgoing(
                key=f"{kind}/{address}/{text}",
                door=door,
                address=address,
                kind=kind,
                content={"text": text},
                due_at=self.clock.now() + after,
                grant_cause=grant,
            )
            for text in texts
        ]
        async with self.db.begin() as tx:
            await outbox.put(tx, rows)

    async def send_all(self) -> None:
        """Send, and let time pass to when there is more to send, until nothing is left that can be sent."""
        for _ in range(100):
            await self.sender.once()
            waiting = [row.due_at for row in await self.rows() if row.state != "failed"]
            if not waiting:
                return
            self.clock.advance(seconds=max(1.0, (min(waiting) - self.clock.now()).total_seconds()))
        raise AssertionError("there is no end to it")

    async def rows(self) -> list[Any]:
        """What is in the outbox, oldest first."""
        async with self.db.read() as tx:
            return list(await rows_of(tx, select(_ROW).order_by(_ROW.c.id)))

    async def failures(self) -> list[str]:
        async with self.db.read() as tx:
            return [failure.error for failure in await outbox.failures(tx, limit=100)]

    async def knows(self, address: int) -> bool:
        account = _somebody(address).account
        async with self.db.read() as tx:
            return account in await members.by_account(tx, [account])


def _somebody(address: int) -> Person:
    return Person(account=Account(platform=Platform.DISCORD, id=address), name="Somebody")

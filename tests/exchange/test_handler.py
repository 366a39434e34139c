"""From the inbox to effects: once each, in their order, and one that cannot be handled stops no other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from bots.exchange.handler import AT_ONCE, Handler
from core import inbox, members
from core.campaign.values import Account, Platform
from core.database import Database, DatabaseUnavailableError, Tx, rows_of, table_of
from core.inbox import Waiting
from core.inbox.table import InboxRow
from core.members import Person
from core.members.table import AccountRow
from tests.clock import FakeClock
from tests.waiting import until

SOURCE = "pigeons"
_INBOX, _ACCOUNTS = table_of(InboxRow), table_of(AccountRow)


@dataclass(kw_only=True)
class Loft:
    """Every update is a number, and its effect a member of this number. Negative ones cannot be handled."""

    db: Database
    clock: FakeClock
    batches: list[list[int]] = field(default_factory=list)
    announced: int = 0

    def __post_init__(self) -> None:
        self.handler = self.another()

    def another(self) -> Handler:
        return Handler(self.db, self.clock, source=SOURCE, handle=self._handle, after=self._after)

    async def _handle(self, tx: Tx, waiting: Sequence[Waiting]) -> None:
        numbers = [int(each.content) for each in waiting]
        self.batches.append(numbers)
        for number in numbers:
            account = Account(platform=Platform.DISCORD, id=abs(number))
            await members.meet(tx, [Person(account=account, name="Somebody")], now=self.clock.now())
            if number < 0:
                raise ValueError(f"no number: {number}")

    def _after(self) -> None:
        self.announced += 1

    async def bring(self, *numbers: int, source: str = SOURCE) -> None:
        rows = [(str(number), b"%d" % number) for number in numbers]
        async with self.db.begin() as tx:
            await inbox.store(tx, source, rows, now=self.clock.now())

    async def effects(self) -> list[int]:
        async with self.db.read() as tx:
            return sorted(row.id for row in await rows_of(tx, select(_ACCOUNTS.c.id)))

    async def states(self) -> dict[str, str]:
        async with self.db.read() as tx:
            return {row.key: row.state for row in await rows_of(tx, select(_INBOX))}


@pytest.fixture
def loft(db: Database, clock: FakeClock) -> Loft:
    return Loft(db=db, clock=clock)


async def test_what_waits_is_handled_together_and_once_and_its_content_is_gone(loft: Loft):
    await loft.bring(1, 2, 3)
    assert await loft.handler.once() == 3
    assert await loft.handler.once() == 0
    await loft.bring(1, 2, 3)
    assert await loft.another().once() == 0
    assert (loft.batches, await loft.effects()) == ([[1, 2, 3]], [1, 2, 3])
    async with loft.db.read() as tx:
        assert [(row.state, row.content) for row in await rows_of(tx, select(_INBOX))] == [("handled", None)] * 3


async def test_what_came_from_elsewhere_is_left_alone(loft: Loft):
    await loft.bring(1, source="smoke signals")
    assert await loft.handler.once() == 0
    assert (loft.batches, await loft.states()) == ([], {"1": "waiting"})


async def test_the_outbox_is_announced_when_there_was_something_to_do(loft: Loft):
    await loft.handler.once()
    assert loft.announced == 0
    await loft.bring(1)
    await loft.handler.once()
    assert loft.announced == 1
    await loft.bring(-2, 3)
    await loft.handler.once()
    assert loft.announced == 2


async def test_more_than_one_batch_is_handled_in_the_order_in_which_it_came(loft: Loft):
    numbers = list(range(1, AT_ONCE + 2))
    await loft.bring(*numbers)
    assert await loft.handler.once() == AT_ONCE
    assert await loft.handler.once() == 1
    assert [number for batch in loft.batches for number in batch] == numbers


async def test_one_that_cannot_be_handled_is_set_aside_without_effects_and_the_others_are_handled(
    loft: Loft, caplog: pytest.LogCaptureFixture
):
    await loft.bring(1, -2, 3)
    assert await loft.handler.once() == 3
    assert await loft.effects() == [1, 3]
    assert await loft.states() == {"1": "handled", "-2": "waiting", "3": "handled"}
    (record,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert (record.__dict__["source"], record.__dict__["update"]) == (SOURCE, "-2")
    for pause in inbox.PAUSES:
        assert await loft.handler.once() == 0
        loft.clock.advance(seconds=pause.total_seconds())
        await loft.handler.once()
    assert (await loft.states())["-2"] == "failed"
    async with loft.db.read() as tx:
        assert [each.error for each in await inbox.failures(tx, limit=9)] == ["ValueError: no number: -2"]


async def test_several_processes_share_the_work(loft: Loft):
    await loft.bring(*range(1, 61))
    handled = await asyncio.gather(*(loft.another().once() for _ in range(4)))
    assert sum(handled) == 60
    assert sorted(number for batch in loft.batches for number in batch) == list(range(1, 61))


async def test_it_runs_when_something_arrived_and_ends_when_told(loft: Loft):
    stop, arrived = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(loft.handler.run(stop, arrived))
    await asyncio.sleep(0)
    await loft.bring(1)
    arrived.set()
    await until(lambda: loft.announced, 0.9)
    stop.set()
    await asyncio.wait_for(running, 0.9)
    assert await loft.states() == {"1": "handled"}


async def test_what_another_process_took_in_is_found_without_a_word(loft: Loft, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bots.exchange.handler.LOOK_EVERY", 0.01)
    stop = asyncio.Event()
    running = asyncio.create_task(loft.handler.run(stop, asyncio.Event()))
    await asyncio.sleep(0)
    await loft.bring(1)
    await until(lambda: loft.announced)
    stop.set()
    await running


async def test_while_the_database_is_away_nothing_is_set_aside_and_then_it_goes_on(
    loft: Loft, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr("bots.exchange.handler.LOOK_EVERY", 0.01)
    await loft.bring(1, -2)
    begin, left = loft.db.begin, 9

    @asynccontextmanager
    async def failing() -> AsyncIterator[Tx]:
        nonlocal left
        async with begin() as tx:
            yield tx
            if left:
                left -= 1
                raise DatabaseUnavailableError("the database went away")

    monkeypatch.setattr(loft.db, "begin", failing)
    stop = asyncio.Event()
    running = asyncio.create_task(loft.handler.run(stop, asyncio.Event()))
    await until(lambda: loft.announced)
    stop.set()
    await running
    assert left == 0
    assert await loft.effects() == [1]
    async with loft.db.read() as tx:
        assert [row.attempts for row in await rows_of(tx, select(_INBOX).order_by(_INBOX.c.id))] == [0, 1]
    assert "updates wait in the inbox: the database went away" in caplog.text

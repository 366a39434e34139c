"""Messages out: what the outbox holds for a door is claimed, sent within the messenger's limits, and marked.

Nothing is sent inside a transaction. If a process dies between sending and marking, or the messenger's answer is lost,
a row is handed over twice, unless its kind can tell that it was. For texts that is accepted.

Limits and order are kept by each process for itself: run one sender for a bot.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Generic

from bots.exchange import marks
from bots.exchange.attempt import attempt
from bots.exchange.errors import RefusedTokenError
from bots.exchange.kinds import Turn
from bots.exchange.marks import Mark, Outcome
from bots.exchange.order import Order
from bots.exchange.outlet import M, Outlet
from core import outbox
from core.database import DatabaseUnavailableError
from core.outbox import Claimed

_log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
SPARE = timedelta(seconds=30)
"""Nothing is begun this shortly before a claim is over: a call takes time, and should not take longer than this."""

PATIENCE = timedelta(seconds=2)
"""A slot that is nearer than this is waited for; otherwise the row goes back."""

YIELD = timedelta(seconds=0.02)
"""So long what is for many stands back at a time, while something waits that is for one."""

TICK = 0.001
"""A timer may end a little early."""

FIRST_PAUSE, LAST_PAUSE = 0.2, 5.0
"""Between tries to write what became of a row, in seconds."""

POLL = 1.0
"""Seconds after which the outbox is looked at though nobody woke us: for retries, and for other processes."""


class Sender(Generic[M]):
    """Brings out what is in a door's outbox. Many chats are written to at the same time, each of them in order."""

    def __init__(
        self, outlet: Outlet[M], means: M, *, wait: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._outlet = outlet
        self._door = outlet.door
        self._means = means
        self._order = Order()
        self._wait = wait
        self._woken = asyncio.Event()
        self._calls = asyncio.Semaphore(outlet.calls)
        self._tasks: set[asyncio.Task[object]] = set()
        self._in_hand = 0
        self._for_one = 0
        self._is_full = False
        self._due_at: datetime | None = None
        self._unmarked = 0
        self._handed_over = 0
        self._stopping = False
        self._refused: RefusedTokenError | None = None

    def wake(self) -> None:
        """There is something in the outbox."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set, then finish what is being sent. Raises OperatorError if the token is refused."""
        self._stopping, stopped = False, asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set() and self._refused is None:
                self._woken.clear()
                await self._woken_or(stopped, within=await self._begin_what_is_due())
            self._stopping = True
            await self._finish()
        finally:
            for task in (stopped, *self._tasks):
                task.cancel()

    async def once(self) -> int:
        """Send what is due now, and say how many were handed over."""
        before = self._handed_over
        while await self._claim():
            await self._finish()
        await self._finish()
        return self._handed_over - before

    async def _finish(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self._refused is not None:
            raise self._refused

    async def _woken_or(self, stopped: asyncio.Future[Any], *, within: float) -> None:
        woken = asyncio.ensure_future(self._woken.wait())
        await asyncio.wait([woken, stopped], timeout=within, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()

    async def _begin_what_is_due(self) -> float:
        """Begin to send, and say for how many seconds there is probably nothing more to begin."""
        try:
            if await self._claim():
                return 0.0
        except DatabaseUnavailableError as error:
            _log.warning("messages wait in the outbox: %s", error)
        until_due = (self._due_at - self._now()).total_seconds() if self._due_at else POLL
        return until_due if 0 < until_due < POLL else POLL

    async def _claim(self) -> bool:
        """Claim what is due and begin with it. False if there is nothing, or no room, or everything is paused."""
        now, room = self._now(), self._outlet.in_hand - self._in_hand
        self._is_full = room <= 0
        if self._is_full or self._unmarked or self._refused or self._means.pace.open_at(None, now) > now:
            return False
        each = self._outlet.each
        shut = self._order.shut(now) if each else ()
        async with self._means.db.read() as tx:  # so that nothing is written while nothing is due
            self._due_at = await outbox.next_due(tx, self._door, without=shut)
        if self._due_at is None or self._due_at > now:
            return False
        async with self._means.db.begin() as tx:
            rows = await outbox.claim(tx, self._door, now=now, limit=room, lease=LEASE, each=each, without=shut)
        self._begin(rows, until=now + LEASE - SPARE)
        return bool(rows)

    def _begin(self, rows: Sequence[Claimed], *, until: datetime) -> None:
        """One task for each chat, and one for each row that has no place in a chat's order."""
        self._in_hand += len(rows)
        rows = sorted(rows, key=lambda row: row.id)
        chats: dict[int, list[Claimed]] = {}
        if dropped := self._outlet.overtaken(rows):
            self._spawn(self._write(dropped, marks.all_dropped(dropped)))
        for row in [row for row in rows if row not in dropped]:
            if self._outlet.turn(row) is Turn.IN_CHAT:
                chats.setdefault(row.address, []).append(row)
            else:
                self._spawn(self._try(row, until))
        for chat, mine in chats.items():
            self._spawn(self._in_order(chat, mine, until))

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a task of the sender failed", exc_info=error)

    async def _in_order(self, chat: int, rows: list[Claimed], until: datetime) -> None:
        """One after the other. While one waits, those behind it go back: a slow chat takes nobody's room."""
        if not self._order.enter(chat, self._now()):
            return await self._turn_away(chat, rows)
        try:
            while rows:
                head, *rows = rows
                now = self._now()
                if (slot := self._slot(head, now)) > now:
                    rows = await self._go_back(chat, rows, slot)
                if (again_at := await self._try(head, until)) is not None:
                    rows = await self._go_back(chat, rows, again_at)
        finally:
            self._order.leave(chat)
            if self._outlet.each:
                self._woken.set()
        return None

    async def _turn_away(self, chat: int, rows: list[Claimed]) -> None:
        now = self._now()
        again_at = self._order.turn_away(chat, self._means.pace.slot(chat, now), now)
        try:
            await self._write(rows, marks.all_later(rows, again_at))
        finally:
            self._order.turned_away(chat)

    async def _go_back(self, chat: int, rows: list[Claimed], again_at: datetime) -> list[Claimed]:
        """These come again then, or when others of the chat do; none of them are left in hand."""
        again_at = self._order.wait(chat, again_at, self._now())
        if rows:
            await self._write(rows, marks.all_later(rows, again_at))
        return []

    async def _try(self, row: Claimed, until: datetime) -> datetime | None:
        """Send the row when its turn has come. None if it is over with it; else when it comes again."""
        await self._wait_for_turn(row)
        async with self._calls:
            now = self._now()
            slot = self._slot(row, now)
            if slot > now or now >= until or self._stopping or self._refused:
                outcome = Outcome(marks.all_later([row], slot), again_at=slot)
            else:
                outcome = await self._paced(row)
        if outcome.refused is not None:
            self._refused = outcome.refused
            self._woken.set()
        self._handed_over += outcome.is_done
        await self._write([row], outcome.mark)
        return outcome.again_at

    async def _wait_for_turn(self, row: Claimed) -> None:
        """Wait for a slot that is near. Others may take it; then for the next one, but not for long in all."""
        now = self._now()
        deadline = now + PATIENCE
        while now < (slot := self._slot(row, now)) <= deadline and not self._stopping:
            with self._in_line(row, slot, now):
                await self._wait((slot - now).total_seconds() + TICK)
            before, now = now, self._now()
            if now <= before:
                return

    @contextmanager
    def _in_line(self, row: Claimed, slot: datetime, now: datetime) -> Iterator[None]:
        """While it waits for nothing but the limit in all, a row that is for one person goes before those for many."""
        goes_first = not self._outlet.is_for_many(row) and slot <= self._means.pace.slot(None, now)
        self._for_one += goes_first
        try:
            yield
        finally:
            self._for_one -= goes_first

    def _slot(self, row: Claimed, now: datetime) -> datetime:
        slot = self._slot_by_limits(row, now)
        stands_back = self._for_one and self._outlet.is_for_many(row)
        return max(slot, now + YIELD) if stands_back else slot

    def _slot_by_limits(self, row: Claimed, now: datetime) -> datetime:
        pace = self._means.pace
        match self._outlet.turn(row):
            case Turn.IN_CHAT:
                return pace.slot(row.address, now)
            case Turn.IN_ALL:
                return max(pace.slot(None, now), pace.open_at(row.address, now))
            case Turn.AT_ONCE:
                return pace.open_at(row.address, now)

    async def _paced(self, row: Claimed) -> Outcome:
        turn, pace = self._outlet.turn(row), self._means.pace
        if turn is Turn.AT_ONCE:
            return await attempt(self._outlet, self._means, row)
        chat = row.address if turn is Turn.IN_CHAT else None
        began = self._now()
        pace.begin(chat, began)
        try:
            return await attempt(self._outlet, self._means, row)
        finally:
            pace.end(chat, self._now(), began=began)

    async def _write(self, rows: Sequence[Claimed], mark: Mark) -> None:
        """Write what became of these rows, however long that takes. They are no longer in hand then."""
        try:
            await self._written(mark)
        except Exception as error:
            _log.exception("what became of a row could not be written", extra={"row": rows[0].id, "kind": rows[0].kind})
            note = f"it may have been sent, but its outcome could not be written ({type(error).__name__}: {error})"
            for row in rows:
                await self._written(marks.failed(row, note))
        finally:
            self._in_hand -= len(rows)
            if self._is_full:
                self._woken.set()

    async def _written(self, mark: Mark) -> None:
        """Nothing more is claimed while the database is away: it would give us the same rows once more."""
        pause, waiting = FIRST_PAUSE, 0
        try:
            while True:
                try:
                    async with self._means.db.begin() as tx:
                        await mark(tx)
                    return
                except DatabaseUnavailableError as error:
                    _log.warning("what was sent could not be marked: %s", error)
                    if self._stopping:
                        return  # it is sent again when its claim is over
                self._unmarked, waiting = self._unmarked + 1 - waiting, 1
                await self._wait(pause)
                pause = min(pause * 2, LAST_PAUSE)
        finally:
            self._unmarked -= waiting

    def _now(self) -> datetime:
        return self._means.clock.now()

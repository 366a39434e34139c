"""Messages out: what the outbox holds for Telegram is claimed, sent within Telegram's limits, and marked.

Nothing is sent inside a transaction. A process that dies between sending and marking, or an answer of Telegram's that is
lost, makes a message go out twice: the Bot API has no way to ask whether it did. For texts that is accepted.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

from telegram import Bot

from bots.telegram import marks
from bots.telegram.errors import ClosedError, MovedError, NoAnswerError, NotReachedError, SlowDownError
from bots.telegram.kinds import KINDS, Turn
from bots.telegram.marks import Mark
from bots.telegram.means import Means
from bots.telegram.pace import Pace
from bots.telegram.receive import RefusedTokenError
from core import outbox
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError
from core.errors import OperatorError, SaysoError
from core.outbox import Claimed

_log = logging.getLogger(__name__)

DOOR = "telegram"
AT_ONCE = 20
"""Calls to Telegram at the same time."""

IN_HAND = 100
"""Rows claimed at the same time."""

LEASE = timedelta(minutes=2)
SPARE = timedelta(seconds=30)
"""Nothing is begun this shortly before a claim is over: a call takes time."""

PATIENCE = timedelta(seconds=2)
"""A slot that is nearer than this is waited for; otherwise the row goes back."""

RETRY = timedelta(seconds=5)
"""The pause after Telegram or the database could not be reached."""

HELD_AT_MOST = timedelta(minutes=1)
"""So long the chat's other messages wait behind one that got no answer."""

POLL = 1.0


class Sender:
    """Brings out what is in the outbox. Several chats are written to at the same time, each chat in order."""

    def __init__(
        self, db: Database, clock: Clock, bot: Bot, *, wait: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._means = Means(db, clock, bot, Pace())
        self._wait = wait
        self._woken = asyncio.Event()
        self._calls = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: set[int] = set()
        self._in_hand = 0
        self._unmarked = 0
        self._handed_over = 0
        self._stopping = False
        self._refused: RefusedTokenError | None = None

    def wake(self) -> None:
        """There is something in the outbox."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set, then finish what is being sent. Raises OperatorError if the token is refused."""
        self._stopping = False
        stopped = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set() and self._refused is None:
                self._woken.clear()
                idle = await self._begin_what_is_due()
                if idle > 0:
                    await self._woken_or(stopped, within=idle)
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
        return self._handed_over - before

    async def _begin_what_is_due(self) -> float:
        """Begin to send, and say for how many seconds there is nothing more to begin."""
        try:
            if await self._claim():
                return 0.0
            async with self._means.db.read() as tx:
                due_at = await outbox.next_due(tx, DOOR)
        except DatabaseUnavailableError as error:
            _log.warning("messages wait in the outbox: %s", error)
            return POLL
        until_due = POLL if due_at is None else (due_at - self._now()).total_seconds()
        return min(POLL, max(until_due, 0.01))

    async def _claim(self) -> bool:
        """Claim what is due and begin with it. False if there is nothing, or no room, or everything is paused."""
        now, free = self._now(), IN_HAND - self._in_hand
        if free <= 0 or self._unmarked or self._refused is not None or self._means.pace.open_at(None, now) > now:
            return False
        async with self._means.db.read() as tx:
            due_at = await outbox.next_due(tx, DOOR)
        if due_at is None or due_at > now:
            return False
        async with self._means.db.begin() as tx:
            rows = await outbox.claim(tx, DOOR, now=now, limit=free, lease=LEASE)
        self._begin(rows, until=now + LEASE - SPARE)
        return bool(rows)

    def _begin(self, rows: Sequence[Claimed], *, until: datetime) -> None:
        """One task for each chat, and one for each row that has no place in a chat's order."""
        self._in_hand += len(rows)
        chats: dict[int, list[Claimed]] = {}
        for row in sorted(rows, key=lambda row: row.id):
            if _turn(row) is Turn.IN_CHAT:
                chats.setdefault(row.address, []).append(row)
            else:
                self._spawn(self._try(row, until))
        for chat, mine in chats.items():
            self._spawn(self._in_order(chat, mine, until))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _in_order(self, chat: int, rows: list[Claimed], until: datetime) -> None:
        """One after the other. Whatever has to wait goes back together, so that it comes again in the same order."""
        if chat in self._busy:
            self._means.pace.hold(chat, self._now() + timedelta(seconds=0.5))
            return await self._put_back(rows, self._means.pace.slot(chat, self._now()))
        self._busy.add(chat)
        try:
            for at, row in enumerate(rows):
                now = self._now()
                slot = self._slot(row)
                if slot > now or self._stopping:
                    ...
        finally:
            self._busy.discard(chat)
        return None

"""From the inbox to effects: what waits is taken many at a time, and one that cannot be handled stops no other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from bots.exchange.waiting import first_of
from core import inbox
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError, Tx
from core.inbox import Waiting

_log = logging.getLogger(__name__)

AT_ONCE = 500
"""How many updates share a transaction: a batch costs some twenty queries, whatever its size."""

LOOK_EVERY = 1.0
"""Seconds after which the inbox is looked at though nothing was announced: for retries, and for other processes."""

Handle: TypeAlias = Callable[[Tx, Sequence[Waiting]], Awaitable[object]]
"""What a door does about updates, given at least one: all their effects, inside the transaction and nowhere else."""


class Handler:
    """Handles what came from one source. `after` is called when something may have been put into the outbox."""

    def __init__(self, db: Database, clock: Clock, *, source: str, handle: Handle, after: Callable[[], None]) -> None:
        self._db = db
        self._clock = clock
        self._source = source
        self._handle = handle
        self._after = after

    async def run(self, stop: asyncio.Event, arrived: asyncio.Event) -> None:
        """Handle what arrives until `stop` is set; finish the batch in hand."""
        while not stop.is_set():
            arrived.clear()
            try:
                busy = await self.once()
            except DatabaseUnavailableError as error:
                _log.warning("updates wait in the inbox: %s", error)
                busy = 0
            if not busy:
                await first_of(stop, arrived, seconds=LOOK_EVERY)

    async def once(self) -> int:
        """Handle one batch; say how many updates it had. All of it happens in one transaction, or none of it."""
        try:
            async with self._db.begin() as tx:
                waiting = await self._take(tx, AT_ONCE)
                await self._effects(tx, waiting)
        except DatabaseUnavailableError:
            raise
        except Exception:
            _log.info("a batch of updates failed; handling them one at a time")
            return await self._one_at_a_time()
        if waiting:
            self._after()
        return len(waiting)

    async def _one_at_a_time(self) -> int:
        """Handle the batch again, each update in a transaction of its own; set aside those that cannot be."""
        count = 0
        for _ in range(AT_ONCE):
            waiting: list[Waiting] = []
            try:
                async with self._db.begin() as tx:
                    waiting = await self._take(tx, 1)
                    await self._effects(tx, waiting)
            except DatabaseUnavailableError:
                raise
            except Exception as error:
                if not waiting:
                    raise
                _log.exception("an update was set aside", extra={"source": self._source, "update": waiting[0].key})
                async with self._db.begin() as tx:
                    await inbox.set_aside(tx, waiting[0], f"{type(error).__name__}: {error}", now=self._clock.now())
            if not waiting:
                break
            count += 1
        self._after()
        return count

    async def _take(self, tx: Tx, limit: int) -> list[Waiting]:
        return await inbox.take(tx, self._source, now=self._clock.now(), limit=limit)

    async def _effects(self, tx: Tx, waiting: list[Waiting]) -> None:
        if waiting:
            await self._handle(tx, waiting)
            await inbox.handled(tx, [each.id for each in waiting])

"""Group commit: visits that come at the same time share a transaction, and each is answered after it.

The commit belongs to the writer, not to the request: a visitor who hangs up loses nothing (failures.md, L13).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.database import Database, DatabaseUnavailableError
from core.visits.rules import Visit
from core.visits.store import keep

_log = logging.getLogger(__name__)

AT_ONCE = 1000
WITHIN = 2.0
"""Seconds after which a visitor is sent on though the visit is not recorded: a broken link would be worse."""

AGAIN_AFTER = 0.5


@dataclass(slots=True, eq=False)
class _Waiting:
    visit: Visit
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    being_written: bool = False
    given_up: bool = False


class Recorder:
    """Records visits. `run` is the writer; `record` may be called by any number of requests.

    `unrecorded` counts the visits that were lost since the start; once the database is back they are journalled, too.
    """

    def __init__(self, db: Database, clock: Clock, number: Callable[[], int], *, within: float = WITHIN) -> None:
        self._db, self._clock, self._number, self._within = db, clock, number, within
        self._waiting: list[_Waiting] = []
        self._lost: Counter[int] = Counter()
        self._arrived = asyncio.Event()
        self.unrecorded = 0

    async def record(self, visit: Visit) -> bool:
        """Return True once the visit is kept for good; False if that takes too long."""
        mine = _Waiting(visit)
        self._waiting.append(mine)
        self._arrived.set()
        try:
            async with asyncio.timeout(self._within):
                await asyncio.shield(mine.done)
        except TimeoutError:
            mine.given_up = True
            if not mine.being_written:  # else the writer says what became of it
                self._waiting.remove(mine)
                self._lose(mine)
            return False
        return True

    async def run(self, stop: asyncio.Event) -> None:
        """Write what arrives until `stop` is set, and then what is left; what cannot be written then is lost."""
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                arrived = asyncio.ensure_future(self._arrived.wait())
                await asyncio.wait({arrived, stopping}, return_when=asyncio.FIRST_COMPLETED)
                arrived.cancel()
                self._arrived.clear()
                while self._waiting:
                    if not await self._write():
                        if stop.is_set():
                            break
                        await asyncio.wait({stopping}, timeout=AGAIN_AFTER)
        finally:
            stopping.cancel()

    async def _write(self) -> bool:
        """Write a batch; False if the database is not there."""
        batch, lost = self._waiting[:AT_ONCE], self._lost.copy()
        for each in batch:
            each.being_written = True
        written = False
        try:
            async with self._db.begin() as tx:
                await keep(tx, [each.visit for each in batch], lost, now=self._clock.now(), number=self._number())
            written = True
        except IntegrityError:  # another process was faster with one of them: look again
            return True
        except DatabaseUnavailableError as error:
            _log.warning("visits wait: %s", error)
            return False
        finally:
            for each in batch:
                self._settle(each, written=written)
        self._lost -= lost
        return True

    def _settle(self, waiting: _Waiting, *, written: bool) -> None:
        waiting.being_written = False
        if written and not waiting.done.done():
            waiting.done.set_result(None)
        elif waiting.given_up and not written:
            self._lose(waiting)
        if written or waiting.given_up:
            self._waiting.remove(waiting)

    def _lose(self, waiting: _Waiting) -> None:
        self.unrecorded += 1
        self._lost[waiting.visit.campaign_id] += 1
        _log.warning("a visit was not recorded", extra={"campaign": waiting.visit.campaign_id})

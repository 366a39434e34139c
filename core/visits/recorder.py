"""Group commit: visits that come at the same time share a transaction, and each is answered after it.

The commit belongs to the writer, not to the request: a visitor who hangs up loses nothing (failures.md, L13).
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from core.clock import Clock
from core.database import Database, DatabaseUnavailableError, Direct, OutcomeUnknownError
from core.visits.rules import Visit
from core.visits.store import STATEMENT, Line, line, unrecorded, values

_log = logging.getLogger(__name__)

AT_ONCE = 1000
WITHIN = 2.0
"""Seconds after which a visitor is sent on though the visit is not recorded: a broken link would be worse."""

AGAIN_AFTER = 0.5
QUIET = 3
"""Turns of the event loop in which nobody arrives, before a batch is written: a request takes about as many."""

MOMENT = 0.001
"""Seconds that a batch is kept open at most: on a slow disk, who comes later is better off with the next one."""


class _Waiting(NamedTuple):
    """A visit, and whether it was recorded: false once that has taken too long. `sent`: it may have been kept."""

    visit: Visit
    recorded: asyncio.Future[bool]
    until: float
    sent: bool = False

    @property
    def given_up(self) -> bool:
        return self.recorded.done() and not self.recorded.cancelled() and not self.recorded.result()


class Recorder:
    """Records visits. `run` is the writer; `record` may be called by any number of requests.

    `unrecorded` counts the visits that were lost since the start; once the database is back they are journalled, too.
    A visit whose commit was never answered is neither recorded nor lost until that is known: it is written again.
    """

    def __init__(self, db: Database, clock: Clock, number: Callable[[], int], *, within: float = WITHIN) -> None:
        self._db, self._clock, self._number, self._within = db, clock, number, within
        self._waiting: deque[_Waiting] = deque()  # who came first is first, and the first whose time is over
        self._writing: list[_Waiting] = []
        self._doubtful: list[Visit] = []
        self._lost: Counter[int] = Counter()
        self._owed: list[Line] = []
        self._arrived = asyncio.Event()
        self._sweep: asyncio.TimerHandle | None = None
        self.unrecorded = 0

    async def record(self, visit: Visit) -> bool:
        """Return True once the visit is kept for good; False if that takes too long."""
        loop = asyncio.get_running_loop()
        recorded: asyncio.Future[bool] = loop.create_future()
        until = loop.time() + self._within
        self._waiting.append(_Waiting(visit, recorded, until))
        self._arrived.set()
        if self._sweep is None:
            self._sweep = loop.call_at(until, self._give_up)
        return await recorded

    async def run(self, stop: asyncio.Event) -> None:
        """Write what arrives until `stop` is set, and then what is left; what cannot be written then is lost."""
        stopping = asyncio.ensure_future(stop.wait())
        stopping.add_done_callback(lambda _: self._arrived.set())
        direct = self._db.direct(STATEMENT)
        try:
            while not stop.is_set():
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting or self._doubtful or self._lost or self._owed:
                    await self._gather()
                    if not await self._write(direct):
                        if stop.is_set():
                            break
                        await asyncio.wait({stopping}, timeout=AGAIN_AFTER)
        finally:
            stopping.cancel()
            for visit in self._doubtful:
                self._lose(visit)
            await direct.close()

    async def _gather(self) -> None:
        """Let those in who are at the door already, for a moment: a commit costs much the same for many."""
        loop = asyncio.get_running_loop()
        until, known, quiet = loop.time() + MOMENT, len(self._waiting), 0
        while quiet < QUIET and known < AT_ONCE and loop.time() < until:
            await asyncio.sleep(0)
            known, before = len(self._waiting), known
            quiet = quiet + 1 if known == before else 0

    async def _write(self, direct: Direct) -> bool:
        """Write a batch; False if the database is not there."""
        now = self._clock.now()
        if not self._owed:  # what was once written in vain may have arrived: it keeps its name
            self._owed = [unrecorded(each, n, now=now, number=self._number()) for each, n in self._lost.items()]
            self._lost.clear()
        self._writing = [self._waiting.popleft() for _ in range(min(len(self._waiting), AT_ONCE))]
        visits = [*self._doubtful, *(each.visit for each in self._writing)]
        try:
            await direct.run(values([*map(line, visits), *self._owed], now))
        except DatabaseUnavailableError as error:
            _log.warning("visits wait: %s", error)
            self._wait_again(sent=isinstance(error, OutcomeUnknownError))
            return False
        except BaseException:
            self._wait_again(sent=True)
            raise
        self._doubtful, self._owed = [], []
        for each in self._writing:
            if not each.recorded.done():
                each.recorded.set_result(True)
        self._writing = []
        return True

    def _wait_again(self, *, sent: bool) -> None:
        """Put back what was not written, as far as anybody knows."""
        for each in reversed(self._writing):
            again = each._replace(sent=each.sent or sent)
            if each.given_up:
                self._let_go(again)
            else:
                self._waiting.appendleft(again)
        self._writing = []

    def _let_go(self, late: _Waiting) -> None:
        """Nobody waits for it any more: it is lost, unless it may have been kept."""
        if late.sent:
            self._doubtful.append(late.visit)
        else:
            self._lose(late.visit)

    def _give_up(self) -> None:
        """Send on whoever has waited too long. What becomes of those that are being written, the writer will see."""
        loop = asyncio.get_running_loop()
        self._sweep, now = None, loop.time()
        for each in self._writing:
            if each.until <= now and not each.recorded.done():
                each.recorded.set_result(False)
        while self._waiting and self._waiting[0].until <= now:
            late = self._waiting.popleft()
            if not late.recorded.done():
                late.recorded.set_result(False)
            self._let_go(late)
        left = [each.until for each in self._writing if not each.recorded.done()]
        left += [each.until for each in islice(self._waiting, 1)]
        if left:
            self._sweep = loop.call_at(min(left), self._give_up)

    def _lose(self, visit: Visit) -> None:
        self.unrecorded += 1
        self._lost[visit.campaign_id] += 1
        _log.warning("a visit was not recorded", extra={"campaign": visit.campaign_id})

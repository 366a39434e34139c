"""Looks after the servers that campaigns name: catches up, finds out who came how, and keeps invites ready.

For each server one thing happens after the other; several servers are looked after side by side, and a slow one
holds up nobody.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from bots.discord.arrivals import Tracer
from bots.discord.catchup import CatchUp, Pass
from bots.discord.pool import Pools
from bots.discord.rest import Rest
from bots.discord.servers import Place, places
from bots.exchange.errors import RefusedError, ShutOutError, SlowDownError
from bots.exchange.waiting import first_of
from core import arrivals, inbox
from core.arrivals import Due
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError, Tx
from core.errors import SaysoError

_log = logging.getLogger(__name__)

SOURCE = "discord"

LOOK_EVERY = 1.0
"""Seconds after which one looks what is due though nobody woke us."""

FILL_EVERY = timedelta(seconds=2)
"""How often it is counted whether there are invites enough."""

FORGET_EVERY = timedelta(days=1)
"""How often old invites and arrivals are forgotten."""

AGAIN = timedelta(seconds=5)
REFUSED_FOR = timedelta(minutes=10)
"""When a server that lets us do nothing is tried again."""

_Work: TypeAlias = tuple[str, int]
"""What is being done, and for which server."""


class Worker:
    """`ready`, `guild`, `resumed`, `away` and `wake` only make a note; `run` does the work.

    `buffered`: when the oldest event was heard that is not in the inbox yet. Without `has_web` nobody visits links, and
    no invites are made ahead.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        rest: Rest,
        *,
        pools: Pools,
        buffered: Callable[[], datetime | None] = lambda: None,
        has_web: bool = True,
    ) -> None:
        self._db, self._clock = db, clock
        self._tracer = Tracer(db, clock, rest, heard_until=self._heard_until)
        self._pools = pools
        self._catch_up = CatchUp(db, clock, rest)
        self._buffered, self._has_web = buffered, has_web
        self._forget_at = clock.now()
        self._away_since: datetime | None = clock.now()
        self._is_new_session = False
        self._there: set[int] = set()  # servers that this session has told of
        self._behind: set[int] = set()  # servers to catch up with before anything is compared
        self._passes: dict[int, Pass] = {}
        self._rests: dict[_Work, datetime] = {}
        self._tasks: dict[_Work, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()

    def ready(self) -> None:
        """A new session: anything may have been missed. Each server is caught up with once it is there (`guild`)."""
        self._away_since = None
        self._is_new_session = True
        self._there.clear()
        self.wake()

    def guild(self, guild_id: int) -> None:
        """This server is there now, or events of it were thrown away."""
        self._there.add(guild_id)
        self._behind.add(guild_id)
        self._passes.pop(guild_id, None)
        self._rests.pop(("look", guild_id), None)
        self.wake()

    def resumed(self) -> None:
        """The session goes on, and nothing was missed."""
        self._away_since = None
        self.wake()

    def away(self) -> None:
        """Nothing is heard any more, until `ready` or `resumed`."""
        self._away_since = self._away_since or self._clock.now()

    def wake(self) -> None:
        """Something has arrived, or has been done about invites."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look after all servers until `stop` is set."""
        try:
            while not stop.is_set():
                self._woken.clear()
                try:
                    await self._begin()
                except DatabaseUnavailableError as error:
                    _log.warning("nobody looks after the servers: %s", error)
                await first_of(stop, self._woken, seconds=LOOK_EVERY)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def once(self) -> int:
        """Do what is due now for every server; say how much that was."""
        await self._begin()
        running = list(self._tasks.values())
        if running:
            await asyncio.wait(running)
        return len(running)

    async def _begin(self) -> None:
        """Begin what is due and is not being done already."""
        now = self._clock.now()
        async with self._db.read() as tx:
            found = await places(tx, now=now)
            due = {each.guild: each for each in await arrivals.due(tx, now=now)}
            watched = await arrivals.watched(tx)
        if now >= self._forget_at:
            async with self._db.begin() as tx:
                await arrivals.expired(tx, now=now)
            self._forget_at = now + FORGET_EVERY
        if self._is_new_session:
            await self._begin_anew(found)
        self._behind.update(place.guild for place in found if place.chat_id not in watched)
        for place in found:
            is_behind = place.guild in self._behind
            if place.guild in due or (is_behind and place.guild in self._there):
                self._spawn("look", place, self._look_after(place, due.get(place.guild)))
            if self._has_web and place.wants_invites:
                self._spawn("fill", place, self._fill(place))

    async def _begin_anew(self, found: list[Place]) -> None:
        """No comparison is believed before the server has been caught up with."""
        self._is_new_session = False
        try:
            async with self._db.begin() as tx:
                for place in found:
                    await arrivals.begin_catch_up(tx, place.chat_id, now=self._clock.now())
        except BaseException:
            self._is_new_session = True
            raise
        self._behind.update(place.guild for place in found)
        self._passes.clear()

    def _spawn(self, what: str, place: Place, work: Coroutine[Any, Any, object]) -> None:
        key = (what, place.guild)
        if key in self._tasks or self._rests.get(key, self._clock.now()) > self._clock.now():
            work.close()
            return
        self._tasks[key] = asyncio.create_task(self._guarded(key, work))

    async def _guarded(self, key: _Work, work: Coroutine[Any, Any, object]) -> None:
        """Whatever goes wrong with one server is no matter of the others."""
        rest: timedelta | None = None
        try:
            await work
        except SlowDownError as error:
            rest = max(error.wait, AGAIN)
        except (RefusedError, ShutOutError) as error:
            _log.warning("the server %d lets the bot do nothing: %s", key[1], error)
            rest = REFUSED_FOR
        except (SaysoError, DatabaseUnavailableError) as error:
            _log.warning("the server %d waits: %s", key[1], error)
            rest = AGAIN
        except Exception:
            _log.exception("looking after the server %d failed", key[1])
            rest = REFUSED_FOR
        finally:
            self._tasks.pop(key, None)
        if rest is not None:
            self._rests[key] = self._clock.now() + rest

    async def _look_after(self, place: Place, due: Due | None) -> None:
        if place.guild in self._behind:
            if place.guild in self._there and self._away_since is None:
                await self._go_on_catching_up(place)
        elif due is not None and due.settles and self._away_since is None:
            await self._tracer.settle(due)
        if due is not None and due.searches:
            await self._tracer.search(due)

    async def _fill(self, place: Place) -> None:
        if not await self._pools.fill(place):
            self._rests["fill", place.guild] = self._clock.now() + FILL_EVERY

    async def _go_on_catching_up(self, place: Place) -> None:
        """Do what can be done now. When it is broken off, the next turn goes on from there."""
        being = self._passes.get(place.guild) or await self._begin_pass(place)
        if await self._heard() < being.began_at:
            return  # what was heard before is to be handled first, so that it is not taken for missed
        while not being.is_read:
            await self._catch_up.read_page(being)
            if self._passes.get(place.guild) is not being:
                return
        await self._catch_up.ask_doubtful(being)
        if not await self._catch_up.tell_gone(being, heard_until=await self._heard()):
            return
        await self._pools.sweep(place)
        listing = await self._tracer.read(place.guild)
        if self._passes.get(place.guild) is not being:
            return
        await self._tracer.caught_up(place.chat_id, listing)
        del self._passes[place.guild]
        self._behind.discard(place.guild)

    async def _begin_pass(self, place: Place) -> Pass:
        now = self._clock.now()
        async with self._db.begin() as tx:
            await arrivals.begin_catch_up(tx, place.chat_id, now=now)
            watched = (await arrivals.watched(tx)).get(place.chat_id)
        since = watched.watched_since if watched else None
        being = self._passes[place.guild] = Pass(place.guild, place.chat_id, began_at=now, since=since)
        return being

    async def _heard(self) -> datetime:
        async with self._db.read() as tx:
            return await self._heard_until(tx)

    async def _heard_until(self, tx: Tx) -> datetime:
        """Everything that Discord told until then has been handled, and we were there to hear it."""
        until = (await inbox.oldest(tx, SOURCE), self._buffered(), self._away_since)
        return min((at for at in until if at is not None), default=self._clock.now())

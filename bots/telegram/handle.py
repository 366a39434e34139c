"""From the inbox to effects: what is waiting is taken many at a time, and one bad update does not stop the others."""

import asyncio
import logging
from collections.abc import Callable

from bots.telegram import inline, places
from bots.telegram.answers import answer
from bots.telegram.receive import SOURCE
from bots.telegram.say import acknowledge
from bots.telegram.talk import Talk
from bots.telegram.translate import Ask, translate
from bots.telegram.updates import read_update
from bots.telegram.ways import Ways
from core import inbox, intake, members, outbox
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError, Tx
from core.inbox import Waiting
from core.intake.facts import Outcome
from core.members import Member, Person
from core.outbox import Outgoing

_log = logging.getLogger(__name__)

AT_ONCE = 500
"""How many updates share a transaction: a batch costs some twenty queries, whatever its size."""

LOOK_EVERY = 1.0
"""Seconds after which the inbox is looked at though nothing was announced: for retries, and for other processes."""


class Handler:
    """Handles what is in the inbox. `after` is called when something may have been put into the outbox."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        username: str,
        after: Callable[[], None],
        public_url: str | None = None,
        has_inline: bool = False,
    ) -> None:
        self._db = db
        self._clock = clock
        self._ways = Ways(username=username, public_url=public_url, inline=has_inline)
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
                await _first_of(stop, arrived, seconds=LOOK_EVERY)

    async def once(self) -> int:
        """Handle one batch; say how many updates it had. All of it happens in one transaction, or none of it."""
        try:
            async with self._db.begin() as tx:
                waiting = await inbox.take(tx, SOURCE, now=self._clock.now(), limit=AT_ONCE)
                await self._handle(tx, waiting)
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
                    waiting = await inbox.take(tx, SOURCE, now=self._clock.now(), limit=1)
                    await self._handle(tx, waiting)
            except DatabaseUnavailableError:
                raise
            except Exception as error:
                if not waiting:
                    raise
                _log.exception("an update was set aside", extra={"update": waiting[0].key})
                async with self._db.begin() as tx:
                    await inbox.set_aside(tx, waiting[0], f"{type(error).__name__}: {error}", now=self._clock.now())
            if not waiting:
                break
            count += 1
        self._after()
        return count

    async def _handle(self, tx: Tx, waiting: list[Waiting]) -> None:
        if not waiting:
            return
        now = self._clock.now()
        incoming = [translate(read_update(each.content), received_at=each.received_at) for each in waiting]
        await places.note(tx, (each.chat for each in incoming if each.chat is not None))
        outcomes = await intake.take(tx, [each.fact for each in incoming if each.fact is not None], now=now)
        by_key = {outcome.fact.key: outcome for outcome in outcomes}
        strangers = [each.person for each in incoming if each.person is not None and each.fact is None]
        people = await members.meet(tx, strangers, now=now)
        reachable = {people[each.account].id for each in strangers if each.reachable}
        await intake.turned_up(tx, reachable, now=now)
        people.update((outcome.member.account, outcome.member) for outcome in outcomes)
        outgoing: list[Outgoing] = []
        for each in incoming:
            if each.ask is not None and each.person is not None:
                outcome = by_key.get(each.fact.key) if each.fact is not None else None
                talk = self._talk(tx, each.ask, people[each.person.account], each.person, outcome)
                await answer(talk)
                outgoing += talk.outgoing
        queries = [each.query for each in incoming if each.query is not None]
        await outbox.put(tx, [*outgoing, *await inline.offers(tx, queries, self._ways, now=now)])
        await inbox.handled(tx, [each.id for each in waiting])

    def _talk(self, tx: Tx, ask: Ask, member: Member, person: Person, outcome: Outcome | None) -> Talk:
        now = self._clock.now()
        talk = Talk(
            tx=tx,
            now=now,
            ways=self._ways,
            ask=ask,
            member=member,
            person=person,
            outcome=outcome,
        )
        if ask.query is not None:
            talk.outgoing.append(acknowledge(ask.query, key=ask.key, now=now, chat=ask.chat))
        return talk


async def _first_of(*events: asyncio.Event, seconds: float) -> None:
    """Wait until one of the events is set, or the time is over."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

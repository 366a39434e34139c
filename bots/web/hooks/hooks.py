"""The door to the shops: what the outbox holds for them is signed and brought; what they do not take comes again."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bots.exchange import marks
from bots.exchange.attempt import HELD_AT_MOST
from bots.exchange.errors import NotTakenError
from bots.exchange.kinds import After, Kind
from bots.exchange.marks import Mark, Outcome
from bots.exchange.outlet import Outlet
from bots.exchange.pace import Pauses
from bots.exchange.sender import Sender
from bots.web.hooks.errors import DisabledError, ShopError
from bots.web.hooks.guard import Network
from bots.web.hooks.post import AT_ONCE, Poster
from core import hooks
from core.clock import Clock
from core.database import Database, Tx
from core.hooks import rules
from core.outbox import Claimed

EACH = 4
"""Events in hand for one shop: one that does not answer takes no more room than that."""

Chance = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    db: Database
    clock: Clock
    poster: Poster
    chance: Chance
    pace: Pauses = field(default_factory=Pauses)


class Hooks:
    """Brings events to shops. Each shop gets them one at a time, all shops at the same time; run one in a process."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        networks: Sequence[Network] = (),
        poster: Poster | None = None,
        chance: Chance = random.random,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._poster = poster or Poster(networks)
        means = Means(db=db, clock=clock, poster=self._poster, chance=chance)
        self._sender = Sender(OUTLET, means, wait=wait)

    async def run(self, stop: asyncio.Event) -> None:
        """Bring what is due until `stop` is set, then finish what is under way."""
        try:
            await self._sender.run(stop)
        finally:
            await self._poster.close()

    async def once(self) -> int:
        """Bring what is due now; say how many events were taken."""
        return await self._sender.once()

    def wake(self) -> None:
        """There is something in the outbox."""
        self._sender.wake()


async def _bring(means: Means, row: Claimed) -> After:
    async with means.db.read() as tx:
        endpoint = await hooks.get(tx, row.address)
        signed_with = await hooks.secrets_of(tx, row.address, now=means.clock.now())
    if endpoint is None or endpoint.disabled_at is not None:
        fix = "enable it with sayso webhooks enable, and replay what was not delivered"
        raise DisabledError("the endpoint is disabled", fix=fix)
    now = means.clock.now()
    await means.poster.deliver(endpoint.url, row.content["id"], row.content["body"], signed_with, now=now)
    return lambda tx: hooks.took(tx, row.address)


def _not_taken(means: Means, row: Claimed, error: NotTakenError) -> Outcome:
    """It comes again as the standard has it, and all of the shop's waits as long as the shop asks, or a moment."""
    now = means.clock.now()
    asked, gone = (error.wait, error.gone) if isinstance(error, ShopError) else (None, False)
    due_at = None if gone else rules.again_at(row.attempts, now=now, asked=asked, chance=means.chance())
    of_row = _later(row, due_at, error) if due_at else marks.failed(row, str(error))

    async def mark(tx: Tx) -> None:
        await hooks.failed(tx, row.address, str(error), now=now, gone=gone, last=due_at is None)
        await of_row(tx)

    if due_at is None:
        return Outcome(mark)
    return Outcome(mark, again_at=due_at if asked else min(due_at, now + HELD_AT_MOST))


def _later(row: Claimed, due_at: datetime, error: NotTakenError) -> Mark:
    return marks.later(row, due_at, error=str(error), counts=True)


def _closed(row: Claimed, _now: datetime) -> Mark:
    return marks.failed(row, "nobody is there")


KINDS: Mapping[str, Kind[Means]] = {hooks.KIND: Kind(_bring)}

OUTLET: Outlet[Means] = Outlet(
    door=hooks.DOOR,
    kinds=KINDS,
    closed=_closed,
    not_taken=_not_taken,
    calls=AT_ONCE,
    in_hand=AT_ONCE * EACH,
    each=EACH,
)

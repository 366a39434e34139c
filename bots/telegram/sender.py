"""Messages out of the Telegram door: its kinds, its limits, and what is done when a chat is closed or has moved."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from telegram import Bot

from bots.exchange.marks import Mark
from bots.exchange.outlet import Outlet
from bots.exchange.sender import Sender
from bots.telegram.kinds import KINDS
from bots.telegram.means import Means
from bots.telegram.pace import Pace
from bots.telegram.places import moved
from core import members, outbox
from core.campaign.values import Account, Platform
from core.clock import Clock
from core.database import Database, Tx
from core.outbox import Claimed


def sender(
    db: Database, clock: Clock, bot: Bot, *, wait: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> Sender[Means]:
    """Brings out what the outbox holds for Telegram. A message may come twice: Telegram cannot be asked about it."""
    return Sender(OUTLET, Means(db, clock, bot, Pace()), wait=wait)


def closed(row: Claimed, _now: datetime) -> Mark:
    """The person cannot be written to. What they were granted waits until they turn up again."""

    async def mark(tx: Tx) -> None:
        await members.unreachable(tx, Account(platform=Platform.TELEGRAM, id=row.address))
        await outbox.done(tx, row)

    return mark


OUTLET: Outlet[Means] = Outlet(door=Platform.TELEGRAM.value, kinds=KINDS, closed=closed, moved=moved)

"""A sender with everything around it: a database, the stand-in for Telegram, and a clock that moves when it waits."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import telegram
from sqlalchemy import select

from bots.exchange.sender import Sender
from bots.sandbox.telegram import Bot, Chat, Person, TelegramWorld
from bots.telegram.means import Means
from bots.telegram.sender import sender
from campaigns.apply import apply
from core import campaign as campaigns
from core import intake, outbox
from core.campaign.values import Account, Platform
from core.database import Database, rows_of, table_of
from core.intake.facts import LinkWanted
from core.members import Person as Somebody
from core.outbox import Outgoing
from core.outbox.table import OutboxRow
from tests.clock import FakeClock
from tests.people import a_campaign

_ROW = table_of(OutboxRow)


class Ticking:
    """The test's clock as it is in life: whoever asks twice is told two times."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        self._clock.advance(microseconds=1)
        return self._clock.now()


@dataclass(kw_only=True)
class Outgoings:
    db: Database
    clock: FakeClock
    world: TelegramWorld
    bot: Bot
    api: telegram.Bot

    def __post_init__(self) -> None:
        self.world.meter.enforce = True  # what goes beyond Telegram's limits is refused
        self.sender = self.another()

    def another(self) -> Sender[Means]:
        """One more sender on the same database, as after a restart."""
        return sender(self.db, Ticking(self.clock), self.api, wait=self.wait)

    async def wait(self, seconds: float) -> None:
        """Time passes at once; for those who wait at the same time, it is the same time."""
        until = self.clock.now() + timedelta(seconds=seconds)
        await asyncio.sleep(0)
        if (left := until - self.clock.now()) > timedelta(0):
            self.clock.advance(seconds=left.total_seconds())

    def person(self, name: str = "Ana", **details: Any) -> Person:
        """Somebody who has started the bot."""
        person = self.world.user(name, **details)
        person.start(self.bot)
        return person

    async def put(
        self,
        address: int,
        text: str = "Hello",
        *,
        kind: str = "say",
        key: str | None = None,
        after: timedelta = timedelta(0),
        grant: str | None = None,
        **content: Any,
    ) -> str:
        """Put something into the outbox, due now or later."""
        key = key or f"{kind}/{address}/{text}"
        row = Outgoing(
            key=key,
            door="telegram",
            address=address,
            kind=kind,
            content={"text": text, **content},
            due_at=self.clock.now() + after,
            grant_cause=grant,
        )
        async with self.db.begin() as tx:
            await outbox.put(tx, [row])
        return key

    async def link(self, *chats: Chat) -> str:
        """The code of an advocate's link, in a campaign that names these chats."""
        now = self.clock.now()
        campaign = a_campaign(chats=tuple(chat.id for chat in chats))
        olga = Somebody(account=Account(platform=Platform.TELEGRAM, id=700000001), name="Olga")
        async with self.db.begin() as tx:
            await apply(tx, [campaign], now=now)
            applied = await campaigns.by_slug(tx, campaign.slug)
            assert applied is not None
            wanted = LinkWanted(key="wanted", at=now, person=olga, campaign_id=applied.id)
            (outcome,) = await intake.take(tx, [wanted], now=now)
        assert outcome.link is not None
        return outcome.link.code

    async def rows(self) -> list[Any]:
        """What is in the outbox, oldest first."""
        async with self.db.read() as tx:
            return list(await rows_of(tx, select(_ROW).order_by(_ROW.c.id)))

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]

    async def failures(self) -> list[str]:
        async with self.db.read() as tx:
            return [failure.error for failure in await outbox.failures(tx, limit=100)]


def texts(person: Person) -> list[str]:
    return [message.text for message in person.inbox]

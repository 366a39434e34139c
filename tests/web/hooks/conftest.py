"""A shop that takes webhooks, and Sayso's side of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import select

from bots.web.hooks import Hooks, Poster
from core import hooks, outbox
from core.database import Database, rows_of, table_of
from core.hooks import Endpoint, Event, State, Type, Who
from core.outbox.table import OutboxRow
from tests.clock import FakeClock
from tests.web.hooks.shop import Shop

HERE = [ip_network("127.0.0.0/8")]
ANA = Who(id=12, account="telegram:700000001", name="Ana")


def an_event(url: str, number: int = 1, **changes: Any) -> Event:
    """The advocate's reward for the `number`-th time."""
    cause = f"spring/tree/12/{number}"
    event = Event(
        url=url,
        type=Type.GRANTED,
        cause=cause,
        campaign_id=1,
        campaign="spring",
        reward="tree",
        step=number,
        to="advocate",
        grant=cause,
        member=ANA,
        at=FakeClock().now(),
    )
    return replace(event, **changes)


@dataclass(kw_only=True)
class Sending:
    """What is told, and how it goes out. Its clock stands still until a test moves it."""

    db: Database
    clock: FakeClock
    hooks: Hooks

    async def tell(self, url: str, *numbers: int, **changes: Any) -> Endpoint:
        """Put events for this address into the outbox."""
        async with self.db.begin() as tx:
            for number in numbers or (1,):
                told = await hooks.event(tx, an_event(url, number, **changes), now=self.clock.now())
                await outbox.put(tx, [told])
        return await self.endpoint(url)

    async def endpoint(self, url: str) -> Endpoint:
        async with self.db.read() as tx:
            found = await hooks.under(tx, url)
        assert found is not None
        return found

    async def state(self, url: str) -> State:
        return (await self.endpoint(url)).state

    async def secrets(self, url: str) -> list[str]:
        endpoint = await self.endpoint(url)
        async with self.db.read() as tx:
            return await hooks.secrets_of(tx, endpoint.id, now=self.clock.now())

    async def rows(self) -> list[Any]:
        """What is in the outbox, oldest first."""
        row = table_of(OutboxRow)
        async with self.db.read() as tx:
            return list(await rows_of(tx, select(row).order_by(row.c.id)))

    async def send_until_done(self, *, most: int = 100) -> None:
        """Send, and let time pass to when something comes again, until nothing waits."""
        for _ in range(most):
            await self.hooks.once()
            waiting = [row.due_at for row in await self.rows() if row.state != "failed"]
            if not waiting:
                return
            self.clock.advance(seconds=max(1.0, (min(waiting) - self.clock.now()).total_seconds()))
        raise AssertionError("there is no end to it")


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    await shop.open()
    yield shop
    await shop.close()


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    """Brings events to 127.0.0.1, and has less patience than the real one."""
    poster = Poster(HERE, within=timedelta(seconds=0.4))
    yield poster
    await poster.close()


@pytest.fixture
def sending(db: Database, clock: FakeClock, poster: Poster, monkeypatch: pytest.MonkeyPatch) -> Sending:
    """With a shop whose library goes by the same clock: it believes nothing that is five minutes old."""

    class TheirTime(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return clock.now()

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", TheirTime)
    return Sending(db=db, clock=clock, hooks=Hooks(db, clock, poster=poster, chance=lambda: 0.5))

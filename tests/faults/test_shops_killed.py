"""`kill -9` while shops are being told: every event arrives, and a shop that knows its ids acts upon it once.

The process is `sayso run --only worker`; the shop is a real server that verifies every event.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random, randrange
from typing import Any

import pytest

from bots.web.hooks import Hooks, Poster
from core import hooks, outbox
from core.database import Database
from core.hooks import State
from tests.faults.lives import Later
from tests.faults.nursery import Nursery
from tests.waiting import until
from tests.web.hooks.conftest import HERE, an_event
from tests.web.hooks.shop import Shop, after

ADDRESSES = 5
IN_A_LIFE = 30


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    await shop.open()
    yield shop
    await shop.close()


@pytest.mark.parametrize("kills", [12])
async def test_whatever_a_kill_interrupts_a_shop_is_told_and_acts_upon_it_once(
    db_url: str, kills: int, folder: Path, shop: Shop, sayso: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    random, db, told = Random(seed), Database(db_url), 0
    urls = [f"{shop.url}/{number}" for number in range(ADDRESSES)]
    shop.secrets = await _secrets(db, urls)
    environment = {"SAYSO_DATABASE_URL": db_url, "SAYSO_WEBHOOK_NETWORKS": "127.0.0.1"}
    for _ in range(kills):
        told = await _tell(db, urls, told, IN_A_LIFE)
        seen, wanted = len(shop.asked), random.randint(1, IN_A_LIFE)
        if random.random() < 0.3:
            shop.replies = [after(asyncio.Event())]  # it has done its work, and is about to answer
        await sayso.start("run", "--only", "worker", **environment)
        await until(lambda seen=seen, wanted=wanted: len(shop.asked) >= seen + wanted, 30)
        await asyncio.sleep(random.uniform(0, 0.05))  # anywhere between two events
        assert await sayso.kill() == -9, sayso.log.read_text()
    await _go_on_in_peace(db, shop, monkeypatch)
    again = sum(shop.seen.values()) - len(shop.seen)
    print(f"{kills} kills, {told} events, {again} came twice")
    assert shop.rejected == []
    assert len(shop.events) == told
    assert [*_numbers(shop)] == [list(range(1, told // ADDRESSES + 1))] * ADDRESSES
    assert again <= kills * ADDRESSES
    async with db.read() as tx:
        assert {each.state for each in await hooks.every(tx)} == {State.WELL}
        assert await outbox.counts(tx) == {"waiting": 0, "sending": 0, "failed": 0}
    await db.close()
    assert not [secret for secret in shop.secrets if secret in sayso.log.read_text()]


async def _secrets(db: Database, urls: list[str]) -> list[str]:
    now = datetime.now(UTC)
    async with db.begin() as tx:
        made = [await hooks.endpoint(tx, url, now=now) for url in urls]
        return [secret for each in made for secret in await hooks.secrets_of(tx, each.id, now=now)]


async def _tell(db: Database, urls: list[str], told: int, count: int) -> int:
    now = datetime.now(UTC)
    async with db.begin() as tx:
        for number in range(told + 1, told + count + 1):
            event = an_event(urls[number % len(urls)], number)
            await outbox.put(tx, [await hooks.event(tx, event, now=now)])
    return told + count


async def _go_on_in_peace(db: Database, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour later: nobody has a claim left on what a killed process was about to send."""

    class AnHourLater(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(hours=1)

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", AnHourLater)
    shop.replies = []
    poster = Poster(HERE)
    sender = Hooks(db, Later(timedelta(hours=1)), poster=poster)
    while await sender.once():
        pass
    await poster.close()


def _numbers(shop: Shop) -> list[list[int]]:
    """The sequence numbers that each address was told."""
    numbers: dict[str, list[int]] = {}
    path_of = {headers["webhook-id"]: path for path, headers, _ in shop.asked}
    for told, event in shop.events.items():
        numbers.setdefault(path_of[told], []).append(event["data"]["sequence"])
    return [sorted(each) for each in numbers.values()]

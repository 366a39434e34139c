"""Many shops at once: one that is dead holds up nobody, a secret changes without a gap, and no log is told either."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from bots.web.hooks import Hooks, Poster
from bots.web.hooks.post import WITHIN
from core import hooks, outbox
from core.clock import SystemClock
from core.database import Database
from core.hooks import State
from core.hooks.rules import OVERLAP
from tests.waiting import until
from tests.web.hooks.conftest import HERE, Sending, an_event
from tests.web.hooks.shop import Shop, after

SHOPS, EACH, BACKLOG = 99, 5, 1000
PATIENCE = WITHIN


@asynccontextmanager
async def running(db: Database, poster: Poster) -> AsyncIterator[Hooks]:
    """The real thing, by the real clock."""
    stop, sender = asyncio.Event(), Hooks(db, SystemClock(), poster=poster)
    task = asyncio.create_task(sender.run(stop))
    try:
        yield sender
    finally:
        stop.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _tell(db: Database, urls: Sequence[str], count: int) -> None:
    async with db.begin() as tx:
        now = datetime.now(UTC)
        told = [
            await hooks.event(tx, an_event(url, number, cause=f"{url} {number}"), now=now)
            for number in range(count)
            for url in urls
        ]
        await outbox.put(tx, told)


async def _p99(db: Database, shop: Shop) -> float:
    """The seconds until a shop of 99 has what it is told, but for one event in a hundred."""
    urls = [f"{shop.url}/{number}" for number in range(SHOPS)]
    arrived: list[float] = []
    began = asyncio.get_running_loop().time()

    class Arrivals(list[object]):
        def append(self, _: object) -> None:
            arrived.append(asyncio.get_running_loop().time() - began)

    shop.asked = Arrivals()  # type: ignore[assignment]
    await _tell(db, urls, EACH)
    began = asyncio.get_running_loop().time()
    poster = Poster(HERE, within=PATIENCE)
    async with running(db, poster):
        await until(lambda: len(arrived) >= SHOPS * EACH, 60)
    assert shop.rejected == []
    return sorted(arrived)[int(len(arrived) * 0.99)]


@pytest.fixture
async def dead() -> AsyncIterator[str]:
    """The address of a shop that lets one in, and says nothing."""
    never = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await never.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    never.set()
    server.close()


async def test_one_dead_shop_among_a_hundred_holds_up_nobody(db: Database, shop: Shop, dead: str) -> None:
    """It has a thousand events waiting, all older than those of the others (S7)."""
    alone = await _p99(db, shop)
    await _tell(db, [dead], BACKLOG)
    other = Shop()
    await other.open()
    beside = await _p99(db, other)
    await other.close()
    print(f"p99 alone {alone:.2f} s, beside a dead one {beside:.2f} s")  # shown if it fails
    assert beside < 2 * alone + 5  # if they had waited for it, it would be 20 more


async def test_a_secret_changes_under_load_and_no_event_is_rejected(db: Database, shop: Shop) -> None:
    """The shop learns of the new one some time later (S8)."""
    async with db.begin() as tx:
        endpoint = await hooks.endpoint(tx, shop.url, now=datetime.now(UTC))
        shop.secrets = await hooks.secrets_of(tx, endpoint.id, now=datetime.now(UTC))
    told = 0
    async with running(db, Poster(HERE, within=PATIENCE)) as sender:
        for step in range(40):
            await _tell_one(db, shop.url, told := told + 1)
            sender.wake()
            if step == 10:
                async with db.begin() as tx:
                    await hooks.rotate(tx, endpoint.id, now=datetime.now(UTC))
                    newest = (await hooks.secrets_of(tx, endpoint.id, now=datetime.now(UTC)))[:1]
            if step == 25:
                await until(lambda: len(shop.events) > 15)
                assert shop.secrets != newest
                shop.secrets = newest
        await until(lambda: len(shop.events) == told, 30)
    assert shop.rejected == []
    signed = [len(headers["webhook-signature"].split()) for _, headers, _ in shop.asked]
    assert signed == sorted(signed)
    assert set(signed) == {1, 2}


async def _tell_one(db: Database, url: str, number: int) -> None:
    async with db.begin() as tx:
        await outbox.put(tx, [await hooks.event(tx, an_event(url, number), now=datetime.now(UTC))])


async def test_rotating_twice_in_a_day_drops_no_secret_before_its_time(shop: Shop, sending: Sending) -> None:
    endpoint = await sending.tell(shop.url)
    first = await sending.secrets(shop.url)
    for _ in range(2):
        async with sending.db.begin() as tx:
            await hooks.rotate(tx, endpoint.id, now=sending.clock.now())
        sending.clock.advance(hours=1)
    held = await sending.secrets(shop.url)
    assert len(set(held)) == 3
    shop.secrets = first
    await sending.hooks.once()
    assert shop.rejected == []
    sending.clock.advance(seconds=OVERLAP.total_seconds())
    assert await sending.secrets(shop.url) == held[:1]
    async with sending.db.begin() as tx:
        await hooks.purge(tx, now=sending.clock.now())
    assert await sending.secrets(shop.url) == held[:1]


async def test_every_endpoint_has_a_secret_of_its_own(sending: Sending) -> None:
    urls = [f"https://{number}.example" for number in range(20)]
    for url in urls:
        await sending.tell(url)
    assert len({secret for url in urls for secret in await sending.secrets(url)}) == 20


async def test_two_that_need_an_endpoint_at_the_same_time_make_one(sending: Sending) -> None:
    async def one() -> int:
        async with sending.db.begin() as tx:
            return (await hooks.endpoint(tx, "https://a.example", now=sending.clock.now())).id

    assert len({*await asyncio.gather(*(one() for _ in range(8)))}) == 1
    assert len(await sending.secrets("https://a.example")) == 1


async def test_neither_the_secret_nor_the_address_is_told_to_any_log(
    shop: Shop, sending: Sending, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("bots", "core", "aiohttp.client", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    url = f"{shop.url}?key=canary-in-address"
    async with sending.db.begin() as tx:
        await hooks.endpoint(tx, url, now=sending.clock.now(), random=lambda n: (b"canary" * n)[:n])
    (secret,) = await sending.secrets(url)
    shop.secrets = [secret]
    shop.replies = [500, 301, after(asyncio.Event()), 503, 204, 410]
    await sending.tell(url, 1, 2)
    await sending.send_until_done()
    await sending.tell("http://127.0.0.1:1/?key=canary-in-address", 3)
    await sending.tell("https://10.0.0.1/?key=canary-in-address", 4)
    await sending.hooks.once()
    assert await sending.state(url) is State.DISABLED
    async with sending.db.read() as tx:
        errors = [each.error for each in (*await hooks.every(tx), *await sending.rows())]
    said = f"{caplog.text} {errors}"
    assert "127.0.0.1 answered 500" in caplog.text
    assert secret not in said
    assert "canary" not in said

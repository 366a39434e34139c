"""Updates are kept before Telegram is told that we have them: fetched, or pushed to the webhook."""

import asyncio
import json
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.exchange.errors import RefusedTokenError
from bots.sandbox.telegram import Bot, BotApiError, Person, TelegramServer, TelegramWorld
from bots.telegram import receive
from bots.telegram.receive import LARGEST, SECRET_HEADER, SOURCE, Keeper, Poller, webhook
from bots.telegram.updates import WANTED
from bots.web.app import build
from core import inbox
from core.database import Database
from core.database.migrate import migrate
from core.inbox import Waiting
from tests.clock import FakeClock
from tests.postgres import PostgresServer
from tests.waiting import until

SECRET = "a-secret_42"


async def kept(db: Database, clock: FakeClock) -> list[Any]:
    """The texts of the updates that wait in the inbox, in their order."""
    return [json.loads(each.content)["message"]["text"] for each in await waiting(db, clock)]


async def waiting(db: Database, clock: FakeClock) -> list[Waiting]:
    async with db.begin() as tx:
        return await inbox.take(tx, SOURCE, now=clock.now(), limit=10_000)


class Fetching:
    """A poller at work."""

    def __init__(self, db: Database, clock: FakeClock, url: str) -> None:
        self.stop = asyncio.Event()
        self.keeper = Keeper(db, clock)
        self.task = asyncio.create_task(Poller(self.keeper, url).run(self.stop))

    async def end(self) -> None:
        self.stop.set()
        await self.task


@pytest.fixture
async def fetching(db: Database, clock: FakeClock, server: TelegramServer, bot: Bot) -> AsyncIterator[Fetching]:
    async for each in _fetching(db, clock, server, bot):
        yield each


@pytest.fixture
async def on_sqlite(sqlite_db: Database, clock: FakeClock, server: TelegramServer, bot: Bot) -> AsyncIterator[Fetching]:
    """For what does not depend on the database."""
    async for each in _fetching(sqlite_db, clock, server, bot):
        yield each


async def _fetching(db: Database, clock: FakeClock, server: TelegramServer, bot: Bot) -> AsyncIterator[Fetching]:
    fetching = Fetching(db, clock, f"{server.bot_url}{bot.token}/getUpdates")
    await server.world.until(lambda: server.world.calls_of("getUpdates"))
    yield fetching
    await fetching.end()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """No pause is waited for; how long each would have been."""
    pauses: list[float] = []

    async def at_once(stop: asyncio.Event, *, within: float) -> bool:
        if within:
            pauses.append(within)
        await asyncio.sleep(0)
        return stop.is_set()

    monkeypatch.setattr(receive, "stopped", at_once)
    return pauses


# Fetched


async def test_what_happens_is_kept_in_its_order_and_then_confirmed(
    fetching: Fetching, db: Database, clock: FakeClock, world: TelegramWorld, bot: Bot, ana: Person
):
    for number in range(250):  # more than one answer holds
        ana.says(bot, str(number))
    await world.until(lambda: not bot.updates)
    assert await kept(db, clock) == [str(number) for number in range(250)]
    assert fetching.keeper.arrived.is_set()


async def test_telegram_is_asked_for_all_that_we_read(on_sqlite: Fetching, bot: Bot):
    assert bot.updates.allowed == set(WANTED)


async def test_while_the_database_is_down_nothing_is_confirmed_and_later_everything_comes(
    impatient: list[float],
    clock: FakeClock,
    server: TelegramServer,
    world: TelegramWorld,
    bot: Bot,
    ana: Person,
    postgres_url: str,
):
    own = PostgresServer()
    try:
        await asyncio.to_thread(own.start)
        await asyncio.to_thread(own.execute, "CREATE DATABASE sayso")
        db = Database(own.url("sayso"))
        await migrate(db)
        fetching = Fetching(db, clock, f"{server.bot_url}{bot.token}/getUpdates")
        ana.says(bot, "before")
        await world.until(lambda: not bot.updates)
        await asyncio.to_thread(own.stop)
        ana.says(bot, "meanwhile")
        asked = len(world.calls_of("getUpdates"))
        await world.until(lambda: len(world.calls_of("getUpdates")) > asked + 3)
        assert len(bot.updates) == 1
        await asyncio.to_thread(own.start)
        await world.until(lambda: not bot.updates, seconds=20)
        assert await kept(db, clock) == ["before", "meanwhile"]
        await fetching.end()
        await db.close()
    finally:
        await asyncio.to_thread(own.remove)


async def test_nothing_is_confirmed_before_the_commit(
    fetching: Fetching, db: Database, clock: FakeClock, world: TelegramWorld, bot: Bot, ana: Person
):
    ana.says(bot, "first")
    await world.until(lambda: not bot.updates)
    [first] = await waiting(db, clock)
    taken = [(str(int(first.key) + 1), b"")]  # the next update's: nobody else can commit that one for now
    async with db.begin() as tx:
        await inbox.store(tx, SOURCE, taken, now=clock.now())
        ana.says(bot, "second")
        with pytest.raises(TimeoutError):
            await world.until(lambda: not bot.updates, seconds=0.2)
        await tx.rollback()
    await world.until(lambda: not bot.updates)
    assert await kept(db, clock) == ["first", "second"]


async def test_what_comes_again_is_kept_once(
    fetching: Fetching, db: Database, clock: FakeClock, world: TelegramWorld, bot: Bot, ana: Person
):
    bot.updates.copies = 3
    ana.says(bot, "hello")
    await world.until(lambda: not bot.updates)
    bot.updates.replay(1)
    await world.until(lambda: not bot.updates)
    assert await kept(db, clock) == ["hello"]


async def test_numbers_may_go_on_from_a_lower_one_after_a_quiet_week(
    fetching: Fetching, db: Database, clock: FakeClock, world: TelegramWorld, bot: Bot, ana: Person
):
    ana.says(bot, "before")
    await world.until(lambda: not bot.updates)
    clock.advance(days=8)
    bot.updates.jump()
    ana.says(bot, "after")
    ana.says(bot, "and on")
    await world.until(lambda: not bot.updates)
    assert await kept(db, clock) == ["before", "after", "and on"]


@pytest.mark.parametrize("code", [500, 502, 409, 400])
async def test_refusals_are_waited_out_longer_and_longer(
    impatient: list[float],
    on_sqlite: Fetching,
    sqlite_db: Database,
    clock: FakeClock,
    world: TelegramWorld,
    bot: Bot,
    ana: Person,
    code: int,
):
    fault = world.faults.refuse(BotApiError(code, "No"), method="getUpdates", times=7)
    ana.says(bot, "hello")
    await world.until(lambda: fault.hits == 7 and not bot.updates)
    assert await kept(sqlite_db, clock) == ["hello"]
    assert impatient == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


async def test_telegram_says_how_long_to_wait(
    impatient: list[float], on_sqlite: Fetching, world: TelegramWorld, bot: Bot, ana: Person
):
    world.faults.too_many(17, method="getUpdates")
    ana.says(bot, "hello")
    await world.until(lambda: not bot.updates)
    assert impatient == [17.0]


async def test_an_answer_that_is_lost_is_asked_for_again(
    impatient: list[float],
    on_sqlite: Fetching,
    sqlite_db: Database,
    clock: FakeClock,
    world: TelegramWorld,
    bot: Bot,
    ana: Person,
):
    world.faults.lose_answer(method="getUpdates")
    ana.says(bot, "hello")
    await world.until(lambda: not bot.updates)
    assert await kept(sqlite_db, clock) == ["hello"]


async def test_a_server_that_is_gone_is_tried_until_it_is_back(
    impatient: list[float],
    on_sqlite: Fetching,
    sqlite_db: Database,
    clock: FakeClock,
    server: TelegramServer,
    world: TelegramWorld,
    bot: Bot,
    ana: Person,
):
    await server.stop()
    await until(lambda: len(impatient) > 2)
    await server.start()
    ana.says(bot, "hello")
    await world.until(lambda: not bot.updates)
    assert await kept(sqlite_db, clock) == ["hello"]


@pytest.mark.parametrize("token", ["123456:wrong", "nonsense"])
async def test_a_wrong_token_ends_it(sqlite_db: Database, clock: FakeClock, server: TelegramServer, token: str):
    poller = Poller(Keeper(sqlite_db, clock), f"{server.bot_url}{token}/getUpdates")
    with pytest.raises(RefusedTokenError) as refused:
        await poller.run(asyncio.Event())
    assert token not in str(refused.value)


async def test_two_that_fetch_lose_nothing(
    impatient: list[float],
    fetching: Fetching,
    db: Database,
    clock: FakeClock,
    server: TelegramServer,
    world: TelegramWorld,
    bot: Bot,
    ana: Person,
):
    other = Fetching(db, clock, f"{server.bot_url}{bot.token}/getUpdates")
    for number in range(30):
        ana.says(bot, str(number))
        await asyncio.sleep(0)
    await world.until(lambda: not bot.updates)
    await other.end()
    assert sorted(await kept(db, clock), key=int) == [str(number) for number in range(30)]


async def test_told_to_stop_it_does_so_at_once_and_leaves_the_rest_with_telegram(
    on_sqlite: Fetching, world: TelegramWorld, bot: Bot, ana: Person
):
    await asyncio.wait_for(on_sqlite.end(), 1)
    ana.says(bot, "too late")
    assert len(bot.updates) == 1


# Pushed


class Hook:
    """The web with the webhook."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.keeper = Keeper(db, clock)
        app = build(db, clock, routes=[web.post("/hook", webhook(self.keeper, SECRET))])
        self.server = TestServer(app)

    async def push(self, content: Any, *, secret: str | None = SECRET) -> int:
        headers = {} if secret is None else {SECRET_HEADER: secret}
        async with aiohttp.ClientSession() as session:
            body = json.dumps(content) if isinstance(content, dict) else content
            async with session.post(self.server.make_url("/hook"), data=body, headers=headers) as response:
                return response.status


@pytest.fixture
async def hook(db: Database, clock: FakeClock) -> AsyncIterator[Hook]:
    hook = Hook(db, clock)
    async with hook.server:
        yield hook


@pytest.fixture
async def sqlite_hook(sqlite_db: Database, clock: FakeClock) -> AsyncIterator[Hook]:
    hook = Hook(sqlite_db, clock)
    async with hook.server:
        yield hook


def an_update(text: str, number: int = 1) -> dict[str, Any]:
    return {"update_id": number, "message": {"text": text}}


async def test_pushed_with_the_right_secret_it_is_kept_and_then_acknowledged(
    hook: Hook, db: Database, clock: FakeClock
):
    assert await hook.push(an_update("hello")) == 200
    assert await kept(db, clock) == ["hello"]
    assert hook.keeper.arrived.is_set()


async def test_what_is_pushed_again_is_acknowledged_and_kept_once(hook: Hook, db: Database, clock: FakeClock):
    pushes = [hook.push(an_update("hello", number % 3)) for number in range(30)]
    assert set(await asyncio.gather(*pushes)) == {200}
    assert await kept(db, clock) == ["hello"] * 3


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", "é", SECRET.upper()])
async def test_a_wrong_secret_is_refused(sqlite_hook: Hook, sqlite_db: Database, clock: FakeClock, secret: str | None):
    assert await sqlite_hook.push(an_update("hello"), secret=secret) == 403
    assert await kept(sqlite_db, clock) == []


async def test_a_wrong_secret_is_refused_before_anything_is_read(sqlite_hook: Hook):
    async def endless() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    assert await asyncio.wait_for(sqlite_hook.push(endless(), secret="wrong"), 2) == 403


async def test_a_secret_of_any_bytes_is_only_wrong(sqlite_hook: Hook):
    reader, writer = await asyncio.open_connection("127.0.0.1", sqlite_hook.server.port)
    head = f"POST /hook HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n{SECRET_HEADER}: ".encode()
    writer.write(head + b"\xff\xfe\xed\xa0\x80\r\n\r\n{}")
    assert await reader.readline() == b"HTTP/1.1 403 Forbidden\r\n"
    writer.close()
    await writer.wait_closed()


async def test_one_that_is_too_large_is_refused_with_and_without_a_length(
    sqlite_hook: Hook, sqlite_db: Database, clock: FakeClock
):
    large = json.dumps(an_update("x" * LARGEST)).encode()

    async def unannounced() -> AsyncIterator[bytes]:
        yield large

    assert await sqlite_hook.push(BytesIO(large)) == 413
    assert await sqlite_hook.push(unannounced()) == 413
    assert await kept(sqlite_db, clock) == []


NONSENSE = [b"", b"x", b"[]", b"7", b"{}", b'{"update_id": "7"}', b'{"update_id": 1', b"\xff", b"[" * 200_000]
NONSENSE.append(b'{"update_id": 1, "x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}")


@pytest.mark.parametrize("content", NONSENSE)
async def test_nonsense_is_refused(sqlite_hook: Hook, sqlite_db: Database, clock: FakeClock, content: bytes):
    assert await sqlite_hook.push(content) == 400
    assert await kept(sqlite_db, clock) == []


async def test_while_the_database_is_down_it_stays_with_telegram(clock: FakeClock):
    unreachable = Database("postgresql://nobody@127.0.0.1:1/sayso")
    hook = Hook(unreachable, clock)
    async with hook.server:
        assert await hook.push(an_update("hello")) == 503
    await unreachable.close()


async def test_telegram_brings_again_what_was_not_acknowledged(
    sqlite_db: Database, clock: FakeClock, world: TelegramWorld, bot: Bot, ana: Person
):
    waits: list[float] = []
    opened = asyncio.Event()

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        opened.set()
        await asyncio.sleep(0)

    hook, answers = Hook(sqlite_db, clock), [503, 503]
    real = webhook(hook.keeper, SECRET)

    async def sometimes(request: web.Request) -> web.Response:
        return web.Response(status=answers.pop()) if answers else await real(request)

    app = web.Application()
    app.add_routes([web.post("/hook", sometimes)])
    async with TestServer(app) as own, TelegramServer(world, pause=pause) as server:
        async with aiohttp.ClientSession() as session:
            wanted = {"url": str(own.make_url("/hook")), "secret_token": SECRET}
            async with session.post(f"{server.bot_url}{bot.token}/setWebhook", json=wanted) as response:
                assert response.status == 200
        ana.says(bot, "hello")
        await world.until(lambda: not bot.updates)
    assert await kept(sqlite_db, clock) == ["hello"]
    assert waits == [1.0, 2.0]

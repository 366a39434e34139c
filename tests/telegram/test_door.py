"""The whole door as `sayso run` uses it: its loops side by side, by the real clock, with the stand-in as Telegram."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from bots.exchange.errors import RefusedTokenError
from bots.sandbox.telegram import Bot, Chat, Person, TelegramServer, TelegramWorld
from bots.talk.commands import MENU
from bots.telegram import app
from bots.telegram.app import WEBHOOK, TelegramDoor, WebhookError
from bots.telegram.updates import WANTED
from bots.texts import languages, text
from bots.web.app import build
from campaigns import heart
from campaigns.apply import apply
from core import campaign as campaigns
from core.audit import audit
from core.campaign.values import Qualify
from core.clock import SystemClock
from core.database import Database
from core.errors import OperatorError
from core.status import status
from tests.telegram.conftest import TOKEN, campaign_in, code_in, said

SECRET = "push-it_7"


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


Make = Callable[..., TelegramDoor]


@pytest.fixture
async def make(server: TelegramServer, bot: Bot, clock: SystemClock) -> AsyncIterator[Make]:
    """Makes doors, and closes them."""
    async with AsyncExitStack() as after:

        def make(db: Database, *, token: str = bot.token, api: str = server.url, **more: Any) -> TelegramDoor:
            door = TelegramDoor(db, clock, token=token, api=api, **more)
            after.push_async_callback(door.close)
            return door

        yield make


@asynccontextmanager
async def at_work(db: Database, door: TelegramDoor, *, opened: bool = False) -> AsyncIterator[asyncio.Event]:
    """The door and the worker, until the end of the block; whatever ends one of them is raised."""
    stop, clock = asyncio.Event(), SystemClock()
    if not opened:
        await door.open(stop)
    async with asyncio.TaskGroup() as tasks:
        for part in (door.receive, door.handle, door.send):
            tasks.create_task(part(stop))
        tasks.create_task(heart.beat(db, clock, stop, after=door.wake))
        try:
            yield stop
        finally:
            stop.set()


# Opening


async def test_opening_logs_in_and_shows_the_commands_in_each_language(sqlite_db: Database, make: Make, bot: Bot):
    door = make(sqlite_db)
    with pytest.raises(OperatorError):
        await door.ready()
    await door.open(asyncio.Event())
    await door.ready()
    shown = {key: [command["command"] for command in commands] for key, commands in bot.commands.items()}
    assert len(shown) == len(languages()) + 1
    assert all(names == list(MENU) for names in shown.values())
    first = {commands[0]["description"] for commands in bot.commands.values()}
    assert first == {text(language, "command.invite") for language in languages()}


@pytest.mark.parametrize("inline", [True, False])
async def test_without_inline_mode_one_line_says_what_to_do(
    sqlite_db: Database, make: Make, bot: Bot, inline: bool, caplog: pytest.LogCaptureFixture
):
    bot.inline = inline
    await make(sqlite_db).open(asyncio.Event())
    told = [record for record in caplog.records if "/setinline" in record.getMessage()]
    assert len(told) == (not inline)


async def test_the_commands_are_set_only_where_they_changed(sqlite_db: Database, make: Make, world: TelegramWorld):
    await make(sqlite_db).open(asyncio.Event())
    set_before = len(world.calls_of("setMyCommands"))
    await make(sqlite_db).open(asyncio.Event())
    assert len(world.calls_of("setMyCommands")) == set_before == len(languages()) + 1


async def test_polling_takes_away_a_webhook_that_was_there(sqlite_db: Database, make: Make, bot: Bot):
    hook = make(sqlite_db, mode="webhook", webhook_secret=SECRET, public_url="http://127.0.0.1:1/")
    await hook.open(asyncio.Event())
    assert bot.webhook is not None
    assert (bot.webhook.url, bot.webhook.secret) == (f"http://127.0.0.1:1{WEBHOOK}", SECRET)
    assert bot.updates.allowed == set(WANTED)
    await make(sqlite_db).open(asyncio.Event())
    assert bot.webhook is None


@pytest.mark.parametrize("token", ["123456:wrong", "99:AA", "nonsense"])
async def test_a_wrong_token_is_said_without_saying_it(
    sqlite_db: Database, make: Make, token: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "bots")
    door = make(sqlite_db, token=token)
    with pytest.raises(RefusedTokenError) as refused:
        await door.open(asyncio.Event())
    assert token not in str(refused.value) + caplog.text


@pytest.mark.parametrize(
    "settings",
    [{}, {"webhook_secret": SECRET}, {"public_url": "https://go.example.org"}],
)
async def test_webhook_mode_needs_a_secret_and_an_address(sqlite_db: Database, make: Make, settings: dict[str, str]):
    door = make(sqlite_db, mode="webhook", **settings)
    with pytest.raises(WebhookError, match="SAYSO_PUBLIC_URL"):
        await door.open(asyncio.Event())


async def test_an_address_that_telegram_refuses_is_an_error(sqlite_db: Database, make: Make):
    door = make(sqlite_db, mode="webhook", webhook_secret=SECRET, public_url="http://go.example.org")
    with pytest.raises(WebhookError, match=r"(?i)https"):
        await door.open(asyncio.Event())


async def test_while_telegram_is_away_it_is_tried_again(
    sqlite_db: Database, make: Make, world: TelegramWorld, caplog: pytest.LogCaptureFixture, monkeypatch: Any
):
    pauses: list[float] = []

    async def at_once(stop: asyncio.Event, *, within: float) -> bool:
        pauses.append(within)
        return stop.is_set()

    monkeypatch.setattr(app, "stopped", at_once)
    caplog.set_level(logging.INFO, "bots")
    world.faults.broken(502, method="getMe", times=3)
    world.faults.too_many(method="deleteWebhook", times=2)
    world.faults.lose_answer(method="setMyCommands")
    door = make(sqlite_db)
    await door.open(asyncio.Event())
    await door.ready()
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    assert TOKEN not in caplog.text


async def test_told_to_stop_it_gives_up_opening(sqlite_db: Database, make: Make):
    door, stop = make(sqlite_db, api="http://127.0.0.1:1"), asyncio.Event()
    opening = asyncio.create_task(door.open(stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(opening, 5)
    with pytest.raises(OperatorError):
        await door.ready()


async def test_a_door_that_was_closed_is_not_ready(sqlite_db: Database, make: Make):
    door = make(sqlite_db)
    await door.open(asyncio.Event())
    await door.close()
    with pytest.raises(OperatorError):
        await door.ready()


async def test_only_webhook_mode_has_a_route(sqlite_db: Database, make: Make):
    settings = {"webhook_secret": SECRET, "public_url": "https://go.example.org"}
    assert make(sqlite_db, **settings).routes() == []
    [route] = make(sqlite_db, mode="webhook", **settings).routes()
    assert (route.method, route.path) == ("POST", WEBHOOK)


# At work


async def play(world: TelegramWorld, bot: Bot, group: Chat, ana: Person, ben: Person) -> None:
    """Ana gets her link; Ben comes through it, stays for a second, and counts."""
    ana.says(bot, "/invite")
    code = code_in(await world.until(lambda: ana.inbox and ana.inbox[-1]))
    ben.start(bot, code)
    welcome = await world.until(lambda: ben.inbox and ben.inbox[-1])
    ben.opens(welcome.buttons[0]["url"])
    counts = said("en", "news.friend_qualified", friend="Ben", title="Bring a friend")
    await world.until(lambda: any(message.text.startswith(counts) for message in ana.inbox), seconds=15)


async def assert_counted(db: Database) -> None:
    async with db.read() as tx:
        applied = await campaigns.by_slug(tx, "spring")
        assert applied is not None
        found = await status(tx, applied, now=SystemClock().now())
        assert await audit(tx) == []
    assert (found.advocates, found.starts, found.joins, found.referrals.rewarded) == (1, 1, 1, 1)
    assert (found.inbox.waiting, found.inbox.failed, found.outbox.failed) == (0, 0, 0)
    assert [(each.name, each.qualified, each.points) for each in found.leaderboard] == [("Ana", 1, 10)]


async def start_campaign(db: Database, group: Chat) -> None:
    now, campaign = SystemClock().now(), campaign_in(group, qualify=Qualify(stay=timedelta(seconds=1)))
    begun = replace(campaign, window=replace(campaign.window, starts=now - timedelta(hours=1), ends=None))
    async with db.begin() as tx:
        await apply(tx, [begun], now=now)


async def test_a_whole_story_by_polling(
    db: Database, make: Make, world: TelegramWorld, bot: Bot, group: Chat, ana: Person, ben: Person
):
    await start_campaign(db, group)
    async with at_work(db, make(db)):
        await play(world, bot, group, ana, ben)
    await assert_counted(db)


async def test_who_types_the_bots_name_is_answered_while_they_look(
    db: Database, make: Make, world: TelegramWorld, bot: Bot, group: Chat, ana: Person
):
    await start_campaign(db, group)
    async with at_work(db, make(db)):
        ana.says(bot, "/invite")
        await world.until(lambda: ana.inbox)
        for typed in ("", "s", "sp"):
            query = ana.asks(bot, typed)
            await world.until(lambda query=query: query.results, seconds=5)  # type: ignore[misc]


async def test_a_whole_story_by_webhook(
    db: Database, make: Make, world: TelegramWorld, bot: Bot, group: Chat, ana: Person, ben: Person
):
    await start_campaign(db, group)
    async with AsyncExitStack() as stack:
        settings = {"mode": "webhook", "webhook_secret": SECRET, "public_url": "http://127.0.0.1:0"}
        routes = make(db, **settings).routes()
        own = await stack.enter_async_context(TestServer(build(db, SystemClock(), routes=routes)))
        door = make(db, **{**settings, "public_url": str(own.make_url("")).rstrip("/")})
        async with at_work(db, door):
            await play(world, bot, group, ana, ben)
    assert world.calls_of("getUpdates") == []
    assert bot.webhook is not None
    assert bot.webhook.last_error == ""
    await assert_counted(db)


async def test_what_one_process_takes_in_another_one_handles(
    db: Database, make: Make, world: TelegramWorld, bot: Bot, ana: Person
):
    front, back, stop = make(db), make(db), asyncio.Event()
    await front.open(stop)
    await back.open(stop)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(front.receive(stop))
        tasks.create_task(back.handle(stop))
        tasks.create_task(back.send(stop))
        ana.start(bot)
        await world.until(lambda: ana.inbox)
        stop.set()


async def test_told_to_stop_every_loop_ends_soon(
    sqlite_db: Database, make: Make, world: TelegramWorld, bot: Bot, ana: Person
):
    async with asyncio.timeout(5):
        async with at_work(sqlite_db, make(sqlite_db)) as stop:
            await world.until(lambda: world.calls_of("getUpdates"))
            ana.start(bot)
            stop.set()

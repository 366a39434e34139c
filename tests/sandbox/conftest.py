"""A world, its server, and a judge: whatever a test makes the stand-in say is held against Telegram's own spec."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager
from typing import Any

import aiohttp
import pytest
import telegram
from telegram.request import HTTPXRequest

from bots.sandbox.telegram import Bot, Chat, Person, TelegramServer, TelegramWorld, UpdateQueue
from tests.clock import FakeClock
from tests.sandbox.telegram_spec import PATH, Spec

EVERYTHING = list(telegram.Update.ALL_TYPES)


@pytest.fixture(scope="session")
def spec() -> Spec:
    if not PATH.exists():
        pytest.skip("the Bot API's spec is not here")
    return Spec()


@pytest.fixture(autouse=True)
def durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot gives `retry_after` as a timedelta, and does not warn of the change."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
def world(clock: FakeClock) -> TelegramWorld:
    return TelegramWorld(clock=clock)


@pytest.fixture(autouse=True)
def judged(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every update and every result that a test brings about must be as Telegram describes it."""
    if "world" not in request.fixturenames or not PATH.exists():
        yield
        return
    spec, world = request.getfixturevalue("spec"), request.getfixturevalue("world")
    problems: list[str] = []
    put = UpdateQueue.put

    def judged_put(queue: UpdateQueue, kind: str, payload: dict[str, Any], lane: str) -> None:
        problems.extend(spec.wrong_with({"update_id": 1, kind: payload}, "Update"))
        put(queue, kind, payload, lane)

    monkeypatch.setattr(UpdateQueue, "put", judged_put)
    yield
    for call in world.calls:
        if call.error is None and call.result is not None:
            problems.extend(spec.wrong_result(call.method, call.result))
    assert problems == []


@pytest.fixture
async def paused() -> list[float]:
    """How long failed deliveries would have waited."""
    return []


@pytest.fixture
async def server(world: TelegramWorld, paused: list[float]) -> AsyncIterator[TelegramServer]:
    async def pause(seconds: float) -> None:
        paused.append(seconds)

    async with TelegramServer(world, pause=pause) as server:
        yield server


@pytest.fixture
def bot(world: TelegramWorld) -> Bot:
    """A bot that wants every kind of update."""
    bot = world.bot("123:ABC", "sayso_bot")
    bot.updates.allow(EVERYTHING)
    return bot


@pytest.fixture
def ana(world: TelegramWorld) -> Person:
    return world.user("Ana", username="ana_lune", language_code="es")


@pytest.fixture
def ben(world: TelegramWorld) -> Person:
    return world.user("Ben")


@pytest.fixture
def olga(world: TelegramWorld) -> Person:
    return world.user("Olga")


@pytest.fixture
def group(world: TelegramWorld, bot: Bot, olga: Person) -> Chat:
    """Olga's private supergroup, with the bot as an administrator."""
    return world.chat("supergroup", "Friends of Lune", owner=olga, admins=[bot])


@pytest.fixture
async def api(server: TelegramServer, bot: Bot) -> AsyncIterator[telegram.Bot]:
    """The bot as python-telegram-bot drives it."""
    async with ptb(server, bot.token) as api:
        yield api


@pytest.fixture
async def http(server: TelegramServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as session:
        yield session


def ptb(server: TelegramServer, token: str) -> telegram.Bot:
    """A client of the library's; without certificates to load, it is there at once."""
    requests = [HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2)]
    return telegram.Bot(
        token,
        base_url=server.bot_url,
        base_file_url=server.file_url,
        get_updates_request=requests[0],
        request=requests[1],
    )


def refused(problem: str) -> AbstractContextManager[Any]:
    """A 400 with these words; the library writes their first letter large."""
    return pytest.raises(telegram.error.BadRequest, match=f"(?i){re.escape(problem)}")


def told(bot: Bot, kind: str) -> list[dict[str, Any]]:
    """The updates of one kind that wait for the bot, as it will read them."""
    return [update.payload for update in bot.updates.pending() if update.kind == kind]

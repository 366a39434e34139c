"""The door between a database and the stand-in, driven step by step, so that nothing runs between two steps."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from telegram import Bot as Client
from telegram.request import HTTPXRequest

from bots.sandbox.telegram import Bot, Chat, Message, Person, TelegramServer, TelegramWorld
from bots.telegram.handle import handler
from bots.telegram.receive import Keeper, Poller
from bots.telegram.sender import sender
from bots.texts import text
from campaigns import heart
from campaigns.apply import apply
from core import inbox, outbox
from core.campaign.values import Campaign
from core.clock import Clock
from core.database import Database
from tests.clock import FakeClock
from tests.people import POINTS, WELCOME, a_campaign

TOKEN = "123456:AAE-stand_in"


class Door:
    """The parts of the Telegram door. Updates are fetched as they come; the rest happens in `settle`."""

    def __init__(self, db: Database, clock: FakeClock, server: TelegramServer, bot: Bot, client: Client) -> None:
        self.db, self.clock, self.world, self.bot = db, clock, server.world, bot
        self.keeper = Keeper(db, clock)
        self.poller = Poller(self.keeper, f"{server.bot_url}{bot.token}/getUpdates")
        self.publish(None)
        self.sender = sender(db, clock, client, wait=self._pass)

    def publish(self, url: str | None, *, inline: bool = True) -> None:
        """Our own pages can be reached at this address from now on, or cannot."""
        name = self.bot.username or ""
        self.handler = handler(
            self.db, self.clock, username=name, after=lambda: None, public_url=url, has_inline=inline
        )

    async def _pass(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)

    async def settle(self) -> None:
        """Until everything that happened is kept, handled and answered."""
        await self.world.until(lambda: not self.bot.updates)
        while await self.handler.once() or await heart.sweep(self.db, self.clock) or await self.sender.once():
            pass

    async def apply(self, *campaigns: Campaign) -> None:
        async with self.db.begin() as tx:
            await apply(tx, campaigns, now=self.clock.now())

    async def left_over(self) -> dict[str, dict[str, int]]:
        """What waits in the inbox and the outbox, or failed there."""
        async with self.db.read() as tx:
            counts = {"inbox": await inbox.counts(tx), "outbox": await outbox.counts(tx)}
        return {where: {state: n for state, n in found.items() if n} for where, found in counts.items()}


@pytest.fixture(autouse=True)
def durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot gives `retry_after` as a timedelta, and does not warn of the change."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
def world(clock: Clock) -> TelegramWorld:
    return TelegramWorld(clock=clock)


@pytest.fixture
async def server(world: TelegramWorld) -> AsyncIterator[TelegramServer]:
    async with TelegramServer(world) as server:
        yield server


@pytest.fixture
def bot(world: TelegramWorld) -> Bot:
    return world.bot(TOKEN, "sayso_bot")


@pytest.fixture
async def client(server: TelegramServer, bot: Bot) -> AsyncIterator[Client]:
    """The library, without certificates to load."""
    requests = [HTTPXRequest(connection_pool_size=32, httpx_kwargs={"verify": False}) for _ in range(2)]
    async with Client(
        bot.token,
        base_url=server.bot_url,
        base_file_url=server.file_url,
        get_updates_request=requests[0],
        request=requests[1],
    ) as client:
        yield client


@pytest.fixture
async def door(db: Database, clock: FakeClock, server: TelegramServer, bot: Bot, client: Client) -> AsyncIterator[Door]:
    door, stop = Door(db, clock, server, bot, client), asyncio.Event()
    fetching = asyncio.create_task(door.poller.run(stop))
    await server.world.until(lambda: server.world.calls_of("getUpdates"))  # which says what the bot wants to hear of
    yield door
    stop.set()
    await fetching


@pytest.fixture
def olga(world: TelegramWorld) -> Person:
    return world.user("Olga", user_id=700000001)


@pytest.fixture
def group(world: TelegramWorld, bot: Bot, olga: Person) -> Chat:
    """A private supergroup with the bot as an administrator."""
    return world.chat("supergroup", "Le Cercle", owner=olga, admins=[bot])


@pytest.fixture
async def spring(door: Door, group: Chat) -> Campaign:
    """A campaign that runs, with its friends in the private group."""
    campaign = campaign_in(group)
    await door.apply(campaign)
    return campaign


@pytest.fixture
def ana(world: TelegramWorld) -> Person:
    return world.user("Ana", username="Ana_Lune", language_code="en")


@pytest.fixture
def ben(world: TelegramWorld) -> Person:
    return world.user("Ben", language_code="fr")


TITLES = {"en": "Bring a friend", "fr": "Amène un proche"}


def campaign_in(*chats: Chat, **changes: Any) -> Campaign:
    """One that began four hours ago and asks friends to stay for three days."""
    campaign = a_campaign(chats=tuple(chat.id for chat in chats), rewards=(POINTS, WELCOME))
    return replace(campaign, **{"title": TITLES, **changes})


def said(language: str, key: str, **values: object) -> str:
    """The catalogue's text as it reads on a telephone."""
    return unescape(re.sub(r"</?(b|i|code)>", "", text(language, key, **values)))


def link_in(message: Message) -> str:
    """The advocate's personal link: into the bot, or our own page where the world can reach that."""
    found = re.search(r"(https://t\.me/\w+\?start=|http\S+/r/)\w+", message.text)
    assert found, message.text
    return found[0]


def code_in(message: Message) -> str:
    return re.split("=|/", link_in(message))[-1]


async def code_of(door: Door, person: Person) -> str:
    """The code of the person's link, which they ask the bot for."""
    person.says(door.bot, "/invite")
    await door.settle()
    return code_in(person.inbox[-1])

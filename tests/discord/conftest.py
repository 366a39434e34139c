"""The door between a database and the stand-in, driven step by step, so that nothing runs between two steps."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from typing import Any

import discord
import msgspec
import pytest
from discord.http import HTTPClient, Route

from bots.discord import commands
from bots.discord.defer import Deferrer
from bots.discord.events import Frame
from bots.discord.gateway import Gateway
from bots.discord.handle import Events, handler
from bots.discord.kinds import OUTLET
from bots.discord.means import Means
from bots.discord.pool import Pools
from bots.discord.receive import Keeper
from bots.discord.rest import Rest
from bots.discord.say import DiscordVoice
from bots.exchange.sender import Sender
from bots.sandbox.discord import Bot, Channel, DiscordServer, DiscordWorld, Guild, Interaction, Person
from bots.texts import text
from campaigns import heart
from campaigns.apply import apply
from core import chats, inbox, outbox
from core.campaign.values import Campaign, Community, Platform
from core.chats import Chat
from core.clock import Clock
from core.database import Database
from tests.clock import FakeClock
from tests.people import POINTS, a_campaign
from tests.sandbox.discord.stage import pointed_at
from tests.waiting import until

REFERRALS = discord.Intents(guilds=True, members=True, invites=True)


class Noted:
    """Who should catch up, and only takes notes."""

    def __init__(self) -> None:
        self.told: list[str | int] = []

    def ready(self) -> None:
        self.told.append("ready")

    def resumed(self) -> None:
        self.told.append("resumed")

    def away(self) -> None:
        self.told.append("away")

    def guild(self, guild_id: int) -> None:
        self.told.append(guild_id)


class Door:
    """The parts of the Discord door. Events are heard as they come; the rest happens in `settle`."""

    def __init__(self, db: Database, clock: FakeClock, server: DiscordServer, bot: Bot, http: HTTPClient) -> None:
        self.db, self.clock, self.server, self.world, self.bot, self.http = db, clock, server, server.world, bot, http
        self.noted = Noted()
        self.deferrer = Deferrer(server.api_url, agent=http.user_agent)
        self.keeper = Keeper(db, clock, watch=self.noted, asked=self.deferrer.defer)
        self.intents = REFERRALS
        self.gateway = Gateway(http, bot.token, hear=self._hear, away=self.noted.away, intents=self._wanted)
        rest = Rest(http, clock)
        pools = Pools(db, clock, rest, bot_id=bot.id)
        means = Means(db=db, clock=clock, http=http, rest=rest, pools=pools, own_id=bot.id)
        self.sender = Sender(OUTLET, means, wait=self._pass)
        self.publish(None)
        self._heard: tuple[str, int] = ("", 0)

    def publish(self, url: str | None) -> None:
        """Our own pages can be reached at this address from now on, or cannot."""
        self.handler = handler(self.db, self.clock, after=lambda: None, public_url=url)
        self.events = Events(self.clock, DiscordVoice(url))

    async def _wanted(self) -> discord.Intents:
        return self.intents

    def _hear(self, raw: str) -> None:
        self.keeper.hear(raw)
        frame = msgspec.json.decode(raw, type=Frame)
        if frame.t == "READY":
            self._heard = (msgspec.json.decode(frame.d)["session_id"], 0)
        self._heard = (self._heard[0], frame.s or self._heard[1])

    async def _pass(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)

    def has_heard_all(self) -> bool:
        """Whether a session is there, and all that it was told has come through."""
        return any((session.id, session.seq) == self._heard for session in self.bot.gateway.connected)

    async def hear(self) -> None:
        """Until everything that happened is kept, and everybody who asked knows that they will be answered."""
        await until(self.has_heard_all)
        await self.deferrer.close()
        await self.keeper.keep()

    async def settle(self) -> None:
        """Until everything that happened is kept, handled and answered."""
        await self.hear()
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

    async def chat(self, guild: Guild) -> Chat:
        """The server as we know it."""
        async with self.db.read() as tx:
            return (await chats.at_addresses(tx, Platform.DISCORD, [guild.id]))[guild.id]

    async def answer(self, interaction: Interaction) -> str:
        """What the asker reads then."""
        await self.settle()
        assert interaction.reply is not None
        return readable(interaction)


@pytest.fixture
def world(clock: Clock) -> DiscordWorld:
    return DiscordWorld(clock=clock)


@pytest.fixture
async def server(world: DiscordWorld) -> AsyncIterator[DiscordServer]:
    async with DiscordServer(world) as server:
        with pointed_at(server):
            yield server


@pytest.fixture
def bot(world: DiscordWorld) -> Bot:
    return world.bot("sayso", redirect_uris=["https://lune.example/join/discord/callback"])


@pytest.fixture
async def http(server: DiscordServer, bot: Bot) -> AsyncIterator[HTTPClient]:
    """The library's client, logged in without a gateway."""
    Route.BASE = server.api_url
    client = discord.Client(intents=discord.Intents(guilds=True), max_ratelimit_timeout=30)
    await client.login(bot.token)
    yield client.http
    await client.close()


@pytest.fixture
async def door(
    db: Database, clock: FakeClock, server: DiscordServer, bot: Bot, guild: Guild, http: HTTPClient
) -> AsyncIterator[Door]:
    async for door in opened(db, clock, server, bot, http):
        yield door


@pytest.fixture
async def on_sqlite(
    sqlite_db: Database, clock: FakeClock, server: DiscordServer, bot: Bot, guild: Guild, http: HTTPClient
) -> AsyncIterator[Door]:
    """For what does not depend on the database."""
    async for door in opened(sqlite_db, clock, server, bot, http):
        yield door


async def opened(
    db: Database, clock: FakeClock, server: DiscordServer, bot: Bot, http: HTTPClient
) -> AsyncIterator[Door]:
    door, stop = Door(db, clock, server, bot, http), asyncio.Event()
    await commands.show(http, bot.id)
    listening = asyncio.create_task(door.gateway.run(stop))
    await until(door.has_heard_all)
    yield door
    stop.set()
    await listening
    await door.deferrer.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """No pause between two sessions is waited for; how long each would have been."""
    pauses: list[float] = []

    async def at_once(stop: asyncio.Event, *, within: float) -> bool:
        if within:
            pauses.append(within)
        await asyncio.sleep(0)
        return stop.is_set()

    monkeypatch.setattr("bots.discord.gateway.stopped", at_once)
    return pauses


@pytest.fixture
def olga(world: DiscordWorld) -> Person:
    return world.user("olga")


@pytest.fixture
def guild(world: DiscordWorld, bot: Bot, olga: Person) -> Guild:
    """Olga's server, with the bot in it."""
    return world.guild("Le Cercle", owner=olga, bots=[bot])


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.text_channels()[0]


@pytest.fixture
async def spring(door: Door, guild: Guild) -> Campaign:
    """A campaign that runs, with its friends in the server."""
    campaign = campaign_in(guild)
    await door.apply(campaign)
    return campaign


@pytest.fixture
def ana(world: DiscordWorld) -> Person:
    """She speaks English, and has been there for years."""
    return world.user("ana")


@pytest.fixture
def ben(world: DiscordWorld) -> Person:
    """He speaks French."""
    ben = world.user("ben")
    ben.locale = "fr"
    return ben


TITLES = {"en": "Bring a friend", "fr": "Amène un proche"}


def campaign_in(*guilds: Guild, **changes: Any) -> Campaign:
    """One that began four hours ago and asks friends to stay for three days."""
    communities = tuple(
        Community(name=f"server-{number}", platform=Platform.DISCORD, chat=guild.id)
        for number, guild in enumerate(guilds)
    )
    campaign = a_campaign(rewards=(POINTS,))
    return replace(campaign, **{"title": TITLES, "communities": communities, **changes})


def readable(interaction: Interaction) -> str:
    """All answers to an interaction as text, without Discord's markup."""
    found = "\n\n".join(reply.text for reply in interaction.replies)
    return re.sub(r"\\(.)", r"\1", re.sub(r"\*\*|`|_(?=\w)|(?<=\w)_", "", found))


def said(language: str, key: str, **values: object) -> str:
    """The catalogue's text as it can be read in `readable`."""
    return unescape(re.sub(r"</?(b|i|code)>", "", text(language, key, **values)))


PAGES = "https://lune.example"
"""Where our own pages are, for tests that have them."""


async def code_of(door: Door, person: Person, channel: Channel | None = None) -> str:
    """The code of the person's link, which they ask the bot for."""
    door.publish(PAGES)
    asked = person.runs(door.bot, "invite", channel)
    await door.settle()
    found = re.search(rf"{PAGES}/r/(\w+)", "\n".join(str(reply.components) for reply in asked.replies))
    assert found, asked.replies
    return found[1]

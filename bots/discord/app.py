"""The Discord door, put together: events in, effects, messages out, and somebody who looks after the servers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import discord
from aiohttp import web
from discord.http import HTTPClient, Route

from bots.discord import commands
from bots.discord.defer import Deferrer
from bots.discord.errors import in_our_words
from bots.discord.gateway import Gateway
from bots.discord.handle import handler
from bots.discord.kinds import OUTLET
from bots.discord.means import Means
from bots.discord.pool import Pools
from bots.discord.receive import Keeper
from bots.discord.rest import Rest
from bots.discord.ways import INVITE
from bots.discord.worker import Worker
from bots.exchange.sender import Sender
from bots.exchange.waiting import stopped
from core import campaign as campaigns
from core import doors
from core.campaign import Applied
from core.campaign.values import Platform
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError
from core.errors import OperatorError, TransientError

_log = logging.getLogger(__name__)

DISCORD = "https://discord.com/api/v10"
LONGEST_WAIT = 30.0
"""Seconds of a rate limit that discord.py waits out by itself."""


class DiscordDoor:
    """Everything between Discord and the core.

    Call `open` first; then `receive`, `handle` and `send` run side by side until their `stop` is set, and `close` is
    last. Any of the three may run in another process than the others, on the same database; `receive` in one alone.
    """

    def __init__(
        self, db: Database, clock: Clock, *, token: str, api: str | None = None, public_url: str | None = None
    ) -> None:
        self._db, self._clock, self._token, self._public_url = db, clock, token, public_url
        self._api = _base(api)
        self._client = _client()
        self._keeper: Keeper | None = None
        self._sender: Sender[Means] | None = None
        self._worker: Worker | None = None
        self._deferrer = Deferrer(self._api, agent=self._client.http.user_agent)
        self._opened = asyncio.Event()
        self._counts_messages = False

    async def open(self, stop: asyncio.Event) -> None:
        """Log in, and show the commands where they have changed. It is tried until Discord and the database are there.

        Raises OperatorError.
        """
        Route.BASE = self._api
        pause = 1.0
        while not stop.is_set() and not await self._log_in():
            await stopped(stop, within=pause)
            pause = min(pause * 2, 30.0)

    async def receive(self, stop: asyncio.Event) -> None:
        """Take events in until `stop` is set, and look after the servers; raises OperatorError."""
        keeper, worker = self._parts()
        gateway = Gateway(self._client.http, self._token, hear=keeper.hear, away=worker.away, intents=self._wanted)
        over = asyncio.Event()
        try:
            await _first_of(gateway.run(stop), keeper.run(over), worker.run(over), over=over)
        finally:
            await self._deferrer.close()

    async def handle(self, stop: asyncio.Event) -> None:
        """Handle what was taken in until `stop` is set."""
        keeper, _ = self._parts()
        handling = handler(self._db, self._clock, after=self._handled, public_url=self._public_url)
        await handling.run(stop, keeper.arrived)

    async def send(self, stop: asyncio.Event) -> None:
        """Bring out what the outbox holds for Discord until `stop` is set."""
        if self._sender is not None:
            await self._sender.run(stop)

    def wake(self) -> None:
        """There is something in the outbox."""
        if self._sender is not None:
            self._sender.wake()

    def routes(self) -> list[web.RouteDef]:
        """Discord pushes nothing to us."""
        return []

    async def ready(self) -> None:
        """Return if the door is open; raise OperatorError if it is not."""
        if not self._opened.is_set():
            raise OperatorError("Discord has not let the bot in yet", fix="wait, or look at the log")

    async def close(self) -> None:
        """Close the connections to Discord."""
        self._opened.clear()
        await self._deferrer.close()
        await self._client.close()

    async def _log_in(self) -> bool:
        try:
            with in_our_words(0):
                await self._client.login(self._token)
            if await commands.show(self._client.http, self._client.application_id or 0):
                _log.info("Discord was told of the commands")
            async with self._db.begin() as tx:
                await doors.opened(tx, Platform.DISCORD, INVITE, now=self._clock.now())
        except (TransientError, DatabaseUnavailableError) as error:
            _log.warning("the door to Discord stays closed: %s", error)
            await self._client.close()
            self._client = _client()
            return False
        self._put_together()
        self._opened.set()
        return True

    def _put_together(self) -> None:
        db, clock, http = self._db, self._clock, self._client.http
        own = self._client.user.id if self._client.user else 0
        rest = Rest(http, clock)
        pools = Pools(db, clock, rest, bot_id=own)
        self._worker = Worker(
            db, clock, rest, pools=pools, buffered=self._waiting_since, has_web=self._public_url is not None
        )
        self._keeper = Keeper(db, clock, watch=self._worker, asked=self._deferrer.defer)
        self._sender = Sender(OUTLET, Means(db=db, clock=clock, http=http, rest=rest, pools=pools, own_id=own))

    def _parts(self) -> tuple[Keeper, Worker]:
        if self._keeper is None or self._worker is None:
            raise RuntimeError("the door is not open")
        return self._keeper, self._worker

    def _waiting_since(self) -> datetime | None:
        return self._keeper.waiting_since() if self._keeper else None

    def _handled(self) -> None:
        self.wake()
        if self._worker is not None:
            self._worker.wake()

    async def _wanted(self) -> discord.Intents:
        """Who joins and leaves, invites, and messages if a campaign counts them. What they say is never asked for."""
        try:
            async with self._db.read() as tx:
                self._counts_messages = any(_counts_messages(each) for each in await campaigns.applied(tx))
        except DatabaseUnavailableError as error:
            _log.info("nobody can say which events are wanted now: %s", error)
        return discord.Intents(guilds=True, members=True, invites=True, guild_messages=self._counts_messages)


@asynccontextmanager
async def logged_in(token: str, api: str | None = None) -> AsyncIterator[HTTPClient]:
    """Discord's REST API, for a moment and without the gateway; raises our errors (bots.exchange.errors)."""
    Route.BASE = _base(api)
    client = _client()
    try:
        with in_our_words(0):
            await client.login(token)
        yield client.http
    finally:
        await client.close()


def _base(api: str | None) -> str:
    return (api or DISCORD).rstrip("/")


def _client() -> discord.Client:
    """A client that is never connected to the gateway. Nobody speaks here, so nothing is missing for that."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    return discord.Client(intents=discord.Intents(guilds=True), max_ratelimit_timeout=LONGEST_WAIT)


def _counts_messages(applied: Applied) -> bool:
    return applied.campaign.is_on(Platform.DISCORD) and applied.campaign.qualify.messages > 0


async def _first_of(*works: Coroutine[Any, Any, None], over: asyncio.Event) -> None:
    """Until one of these works ends; then the others are told that it is over, and finish. Raises what failed."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        over.set()
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

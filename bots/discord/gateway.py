"""The connection to Discord's gateway: sessions one after the other, each with a client of discord.py.

The client connects, keeps the heart beating and resumes. A session that cannot be resumed ends the client, so that
every new one passes the one place that knows how many the day still allows: a loop of them would burn the token.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import HTTPClient

from bots.discord.calling import call
from bots.discord.errors import refused_token
from bots.exchange.waiting import stopped
from core.errors import OperatorError, TransientError

_log = logging.getLogger(__name__)

LOOK_EVERY = 60.0
"""Seconds after which it is asked again whether other events are wanted."""

BETWEEN = 5.0
"""Discord wants so many seconds between two sessions."""

LONGEST_PAUSE = 300.0


class GatewayClosedError(OperatorError):
    """Discord closed the gateway to this bot for good."""

    code = "discord_gateway"


_FINAL = {
    4010: ("Discord does not know the shard", "update Sayso"),
    4011: ("the bot is in too many servers", "Sayso serves up to 2,500 servers: use one bot for each part of them"),
    4012: ("Discord's gateway does not speak this version any more", "update Sayso and discord.py"),
    4013: ("Discord does not know what Sayso wants to hear", "update Sayso and discord.py"),
    4014: (
        "Discord does not tell this bot who joins",
        "switch on Server Members Intent on the Bot page at discord.com/developers/applications",
    ),
}


def final(code: int) -> OperatorError | None:
    """What a close code means that ends it all; None if it may be tried again."""
    if code == 4004:
        return refused_token()
    return GatewayClosedError(_FINAL[code][0], fix=_FINAL[code][1]) if code in _FINAL else None


def patience(limit: dict[str, Any]) -> timedelta:
    """How long to wait before a new session, by what Discord says is left of the day's.

    Nothing while there are plenty; of the last fifth, each gets its share of the time that is left.
    """
    remaining, total = int(limit["remaining"]), int(limit["total"])
    if remaining > total // 5:
        return timedelta(0)
    return timedelta(milliseconds=int(limit["reset_after"])) / max(remaining, 1)


class _SessionOverError(Exception):
    """The client would begin a new session."""


class _Client(discord.Client):
    """Hands over every frame. It parses none: an event that it could not read would end the connection."""

    def __init__(self, hear: Callable[[str], None], away: Callable[[], None], intents: discord.Intents) -> None:
        super().__init__(
            intents=intents,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            enable_debug_events=True,
            max_messages=None,
        )
        self._hear, self._away = hear, away
        self._connection.parsers = {}

    async def on_socket_raw_receive(self, message: str) -> None:
        self._hear(message)

    async def on_disconnect(self) -> None:
        self._away()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        if not initial:
            raise _SessionOverError

    async def close(self) -> None:
        """Close everything, also a connection that was given up before it had a session, with its heartbeat."""
        for thread in threading.enumerate():
            if isinstance(thread, KeepAliveHandler) and thread.ws._connection is self._connection:
                await thread.ws.close(1000)
        await super().close()


class Gateway:
    """`hear` gets every frame in its order; `away` is called when nothing comes any more, until READY or RESUMED does.

    `intents` says which events are wanted now.
    """

    def __init__(
        self,
        http: HTTPClient,
        token: str,
        *,
        hear: Callable[[str], None],
        away: Callable[[], None],
        intents: Callable[[], Awaitable[discord.Intents]],
    ) -> None:
        self._http, self._token = http, token
        self._hear, self._away, self._intents = hear, away, intents

    async def run(self, stop: asyncio.Event) -> None:
        """Stay connected until `stop` is set. Raises OperatorError when Discord does not want this bot at all."""
        pause = 0.0
        while not await stopped(stop, within=pause):
            began = asyncio.get_running_loop().time()
            try:
                await self._session(stop)
            except OperatorError:
                raise
            except _SessionOverError:
                _log.info("Discord has ended the session; beginning a new one")
            except TransientError as error:
                _log.warning("%s", error)
            except Exception as error:
                _log.warning("the connection to Discord is lost (%s); trying again", type(error).__name__)
                _log.debug("how it was lost", exc_info=error)
            lasted = asyncio.get_running_loop().time() - began
            pause = BETWEEN if lasted > LONGEST_PAUSE else min(max(BETWEEN, pause * 2), LONGEST_PAUSE)

    async def _session(self, stop: asyncio.Event) -> None:
        """One session, until it is over, `stop` is set or other events are wanted."""
        answer = await call(self._http, "GET", "/gateway/bot", about=0)
        wait = patience(answer["session_start_limit"])
        if wait:
            _log.warning("Discord allows few more sessions today; the next one begins in %s", wait)
        if await stopped(stop, within=wait.total_seconds()):
            return
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(answer["url"])
        wanted = await self._intents()
        client = _Client(self._hear, self._away, wanted)
        connecting = asyncio.create_task(client.start(self._token))
        try:
            await self._while_wanted(connecting, wanted, stop)
        finally:
            connecting.cancel()
            await client.close()
            self._away()
            await asyncio.gather(connecting, return_exceptions=True)

    async def _while_wanted(self, connecting: asyncio.Task[None], wanted: discord.Intents, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await asyncio.wait({connecting, stopping}, timeout=LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED)
                if connecting.done():
                    await _in_our_words(connecting)
                    return
                if await self._intents() != wanted:
                    _log.info("other events of Discord are wanted: beginning a new session")
                    return
        finally:
            stopping.cancel()


async def _in_our_words(connecting: Awaitable[None]) -> None:
    try:
        await connecting
    except discord.LoginFailure as error:
        raise refused_token() from error
    except discord.PrivilegedIntentsRequired as error:
        raise final(4014) or error from error
    except discord.ConnectionClosed as error:
        raise final(error.code) or error from error

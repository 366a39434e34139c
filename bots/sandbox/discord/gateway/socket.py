"""One connection of a client to the gateway, from HELLO to its close."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from bots.sandbox.discord.gateway.requests import request_members
from bots.sandbox.discord.gateway.session import Session
from bots.sandbox.discord.gateway.welcome import greet, resume_greeting
from bots.sandbox.discord.intents import KNOWN_BITS, PRIVILEGED, Intent
from bots.sandbox.discord.users import Bot

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld

Json = dict[str, Any]

ON_THE_WAY = 0.1
"""Seconds after which a heartbeat is answered: discord.py notes when it sent one only after it has, in a thread of its
own, and takes an answer that overtakes this for one to the heartbeat before, 41 seconds late.
"""


class CloseError(Exception):
    """The connection must end, with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class GatewaySocket:
    """Serves one WebSocket. Frames go out in the order of `send`, compressed if the client asked for zlib-stream."""

    def __init__(self, world: DiscordWorld, url: str, *, heartbeat: float) -> None:
        self._world = world
        self._url = url
        self._heartbeat = heartbeat
        self._out: asyncio.Queue[str | int | None] = asyncio.Queue()
        self._ws = web.WebSocketResponse(max_msg_size=0, compress=False)
        self._request: web.Request | None = None
        self._zlib: Any = None
        self._bot: Bot | None = None
        self._session: Session | None = None

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        self._request = request
        self._zlib = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        await self._ws.prepare(request)
        self._op(10, {"heartbeat_interval": int(self._heartbeat * 1000)})
        writer = asyncio.create_task(self._write())
        try:
            await self._read()
        finally:
            writer.cancel()
            self._leave()
        return self._ws

    # The line's side

    def send(self, text: str) -> None:
        self._out.put_nowait(text)

    def hang_up(self, code: int | None) -> None:
        """Close with a code once all before is sent; without one, cut the wire now."""
        if code is not None:
            self._out.put_nowait(code)
        elif self._request and self._request.transport:
            self._request.transport.abort()

    # Underneath

    async def _write(self) -> None:
        while True:
            frame = await self._out.get()
            if isinstance(frame, int):
                await self._ws.close(code=frame)
            elif self._ws.closed or frame is None:
                return
            elif self._zlib:
                flushed = self._zlib.compress(frame.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                await self._ws.send_bytes(flushed)
            else:
                await self._ws.send_str(frame)

    async def _read(self) -> None:
        async for message in self._ws:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            try:
                await self._take(_decoded(message.data))
            except CloseError as error:
                await self._ws.close(code=error.code, message=str(error).encode())

    async def _take(self, frame: Json) -> None:
        match frame.get("op"):
            case 1:
                asyncio.get_running_loop().call_later(ON_THE_WAY, self._op, 11)
            case 2:
                await self._identify(frame["d"])
            case 6:
                await self._resume(frame["d"])
            case 3 | 4 if self._session:
                pass  # presence and voice change nothing here
            case 8 if self._session and self._bot:
                request_members(self._world, self._bot, self._session, frame["d"])
            case 1 | 3 | 4 | 8:
                raise CloseError(4003, "Not authenticated.")
            case _:
                raise CloseError(4001, "Unknown opcode.")

    async def _identify(self, data: Json) -> None:
        if self._session:
            raise CloseError(4005, "Already authenticated.")
        bot, intents = await self._authenticated(data), int(data.get("intents", -1))
        if intents < 0 or intents & ~KNOWN_BITS:
            raise CloseError(4013, "Invalid intent(s).")
        if Intent(intents) & PRIVILEGED & ~bot.privileged:
            raise CloseError(4014, "Disallowed intent(s).")
        number, count = data.get("shard") or (0, 1)
        if not 0 <= number < count:
            raise CloseError(4010, "Invalid shard.")
        session = Session(
            id=self._world.secret(32),
            intents=Intent(intents),
            shard=(number, count),
            large_threshold=data.get("large_threshold", 50),
            line=self,
        )
        self._bot, self._session = bot, session
        bot.gateway.add(session)
        greet(self._world, bot, session, self._url)
        self._world.changed.beat()

    async def _resume(self, data: Json) -> None:
        bot = await self._authenticated(data)
        session = bot.gateway.sessions.get(str(data.get("session_id")))
        missed = session.since(int(data.get("seq") or 0)) if session else None
        if session is None or missed is None:
            self._op(9, False)
            return
        if session.line:
            session.line.hang_up(4000)
        self._bot, self._session, session.line = bot, session, self
        bot.gateway.resumes += 1
        for event in missed:
            self.send(event.frame())
        resume_greeting(session)
        self._world.changed.beat()

    async def _authenticated(self, data: Json) -> Bot:
        bot = self._world.bot_with(str(data.get("token", "")).removeprefix("Bot "))
        if bot is None:
            raise CloseError(4004, "Authentication failed.")
        await bot.gateway.opened()
        return bot

    def _leave(self) -> None:
        if self._bot and self._session and self._session.line is self:
            self._bot.gateway.left(self._session, self._ws.close_code)
        self._world.changed.beat()

    def _op(self, op: int, data: Any = None) -> None:
        self.send(json.dumps({"op": op, "d": data}))


def _decoded(data: str | bytes) -> Json:
    try:
        frame = json.loads(data)
    except ValueError as error:
        raise CloseError(4002, "Error while decoding payload.") from error
    if not isinstance(frame, dict):
        raise CloseError(4002, "Error while decoding payload.")
    return frame

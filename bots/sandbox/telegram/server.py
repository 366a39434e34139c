"""The HTTP side: the Bot API for bots, webhooks to them, and the control endpoint for everybody else."""

from __future__ import annotations

import asyncio
from typing import Self

from aiohttp import web

from bots.sandbox.telegram.control import control_routes
from bots.sandbox.telegram.couriers import Couriers, Pause
from bots.sandbox.telegram.dispatch import AnswerLostError, dispatch
from bots.sandbox.telegram.errors import BotApiError
from bots.sandbox.telegram.params import read_params
from bots.sandbox.telegram.users import Bot
from bots.sandbox.telegram.world import TelegramWorld

LARGEST_BODY = 51 * 2**20


class TelegramServer:
    """Serves a world while it is open. A client's base URL is `bot_url`, and `file_url` for files.

    `pause` is how a failed webhook delivery waits, so that a test need not.
    """

    def __init__(
        self,
        world: TelegramWorld,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self.world = world
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self._couriers = Couriers(world, pause)

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}"

    @property
    def bot_url(self) -> str:
        return f"{self.url}/bot"

    @property
    def file_url(self) -> str:
        return f"{self.url}/file/bot"

    async def start(self) -> None:
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/bot{token}/{method}", self._serve_method)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        app.add_routes(control_routes(self.world))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]
        await self._couriers.start()

    async def stop(self) -> None:
        """Stop serving; calls that wait now are answered first, polls with nothing. `start` opens the same address."""
        await self._couriers.stop()
        self.world.faults.release()
        for bot in self.world.bots:
            bot.updates.stop()
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _serve_method(self, request: web.Request) -> web.Response:
        try:
            bot = self._bot(request)
            params = await read_params(request)
            result = await dispatch(self.world, bot, request.match_info["method"], params)
            self._couriers.attend(bot)
        except BotApiError as error:
            return web.json_response(error.json(), status=error.code)
        except AnswerLostError:
            if request.transport:
                request.transport.close()
            return web.Response(status=500)  # which nobody reads
        return web.json_response({"ok": True, "result": result})

    async def _serve_file(self, request: web.Request) -> web.Response:
        file = self.world.files.at(request.match_info["path"])
        if file is None or self.world.bot_with(request.match_info["token"]) is None:
            return web.json_response(BotApiError(404, "Not Found").json(), status=404)
        return web.Response(body=file.content, content_type=file.mime_type)

    def _bot(self, request: web.Request) -> Bot:
        token = request.match_info["token"]
        bot = self.world.bot_with(token)
        if bot is None:
            raise BotApiError(401, "Unauthorized") if ":" in token else BotApiError(404, "Not Found")
        return bot

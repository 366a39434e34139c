"""The HTTP side: the API and the gateway for bots, the consent page for browsers, the control endpoint for the rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Self

from aiohttp import web

from bots.sandbox.discord.consent_page import consent_routes
from bots.sandbox.discord.control import control_routes
from bots.sandbox.discord.dispatch import dispatch, respond
from bots.sandbox.discord.errors import not_found
from bots.sandbox.discord.gateway.socket import GatewaySocket
from bots.sandbox.discord.rest import ROUTES, Route
from bots.sandbox.discord.world import DiscordWorld

LARGEST_BODY = 26 * 2**20
PREFIXES = ("/api/v10", "/api")


class DiscordServer:
    """Serves a world while it is open. Clients use `api_url` and `gateway_url`, browsers `authorize_url`.

    `heartbeat` is how many seconds a client shall let pass between two heartbeats.
    """

    def __init__(
        self,
        world: DiscordWorld,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        heartbeat: float = 41.25,
    ) -> None:
        self.world = world
        self._host = host
        self._port = port
        self._heartbeat = heartbeat
        self._runner: web.AppRunner | None = None
        self._sockets: set[GatewaySocket] = set()

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}"

    @property
    def api_url(self) -> str:
        """For discord.py's `Route.BASE` and hikari's `rest_url`."""
        return f"{self.url}/api/v10"

    @property
    def gateway_url(self) -> str:
        """For discord.py's `DiscordWebSocket.DEFAULT_GATEWAY`."""
        return f"ws://{self._host}:{self._port}/gw/"

    @property
    def authorize_url(self) -> str:
        """Where OAuth2 sends browsers."""
        return f"{self.url}/oauth2/authorize"

    async def start(self) -> None:
        app = web.Application(client_max_size=LARGEST_BODY)
        for prefix in PREFIXES:
            for route in sorted(ROUTES.values(), key=lambda one: one.path.count("{")):  # plain names before any name
                app.router.add_route(route.method, prefix + route.path, self._handler(route))
        app.router.add_get("/gw/", self._serve_gateway)
        app.add_routes(consent_routes(self.world))
        app.add_routes(control_routes(self.world))
        app.router.add_route("*", "/api/{rest:.*}", self._serve_nothing)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]
        self.world.gateway_url = self.gateway_url

    async def stop(self) -> None:
        """Stop serving: connections are closed as if the gateway went down, so that a later `start` can resume them."""
        self.world.faults.release()
        for bot in self.world.bots:
            bot.gateway.drop(1001)
        for socket in list(self._sockets):
            socket.hang_up(1001)
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            return await dispatch(self.world, route, request)

        return serve

    async def _serve_gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = GatewaySocket(self.world, self.gateway_url, heartbeat=self._heartbeat)
        self._sockets.add(socket)
        try:
            return await socket.serve(request)
        finally:
            self._sockets.discard(socket)

    async def _serve_nothing(self, request: web.Request) -> web.Response:
        error = not_found()
        return respond(error.status, error.json(), {})

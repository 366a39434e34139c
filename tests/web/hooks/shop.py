"""A brand's shop that takes webhooks as one should: it verifies each, acts once on each id, and answers.

It is a real server on 127.0.0.1, and verifies by the library that the standard publishes.
"""

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

PATH = "/hooks/sayso"

Reply: TypeAlias = int | Callable[[web.Request], Awaitable[web.StreamResponse]]
"""A status, or what makes the answer."""


@dataclass
class Shop:
    """`secrets`: those that it trusts; without any it believes everybody. `replies`: how it answers the next times,
    after it has done its work; then it answers 204. `events`: what it acted upon, each once. `asked`: every request.
    """

    port: int = 0
    secrets: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    always: Reply | None = None
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    rejected: list[str] = field(default_factory=list)
    doing: int = 0
    most_at_once: int = 0
    _runner: web.AppRunner | None = None
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}{PATH}"

    async def open(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self.tls)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.doing += 1
        self.most_at_once = max(self.most_at_once, self.doing)
        try:
            return await self._take(request)
        finally:
            self.doing -= 1

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append((request.path_qs, headers, body))
        if request.method != "POST" or not self._verifies(body, headers):
            self.rejected.append(headers.get("webhook-id", "?"))
            return web.Response(status=401)
        told = headers["webhook-id"]
        self.seen[told] += 1
        self.events.setdefault(told, json.loads(body))
        reply = self.always if self.always is not None else self.replies.pop(0) if self.replies else 204
        return web.Response(status=reply) if isinstance(reply, int) else await reply(request)

    def _verifies(self, body: bytes, headers: dict[str, str]) -> bool:
        for secret in self.secrets:
            try:
                Webhook(secret).verify(body, headers)
            except WebhookVerificationError:
                continue
            return True
        return not self.secrets


def with_headers(status: int, **headers: str) -> Reply:
    """An answer with headers: `Retry_After="7"`."""

    async def reply(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return reply


def after(gate: asyncio.Event, status: int = 204) -> Reply:
    """An answer that is given once the gate is open."""

    async def reply(_request: web.Request) -> web.StreamResponse:
        await gate.wait()
        return web.Response(status=status)

    return reply


def long(size: int, status: int = 200, *, gate: asyncio.Event | None = None) -> Reply:
    """An answer of so many bytes; with a gate, its end comes when that is open."""

    async def reply(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        for _ in range(size // 65536 + 1):
            await response.write(b"x" * 65536)
        if gate is not None:
            await gate.wait()
        return response

    return reply

"""Connections that are slow, broken or too many: each ends in a bounded time, and costs nobody else anything.

aiohttp itself closes a connection on which nothing is asked for a while. It would wait as long for a request that was
begun and never ends, for ever for a client that does not read its answer, and it logs every broken request as if the
fault were ours.
"""

import asyncio
import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any, cast

from aiohttp import web

_log = logging.getLogger(__name__)

FILES_WANTED = 20_480
FILES_FOR_OTHERS = 256
"""Descriptors that connections leave for the database and the rest."""

LOOKED_AT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a client may keep us waiting for, in seconds, and how much it may send before we look at it."""

    asks_within: float = 10.0  # from the first byte of a request to the end of its headers
    reads_within: float = 30.0  # until the client has taken all that was written
    lingers: float = 5.0  # for a body that the answer did not wait for
    idle: float = 75.0  # between two requests; proxies in front close after 60, and must be the first
    head: int = 32 * 1024  # bytes of a request without its body
    line: int = 8190  # bytes of its first line, and of each header
    headers: int = 100
    connections: int | None = None  # open at once; None for as many as the system allows


class Connections:
    """Makes the connections of one server. When there are too many, whoever was silent longest makes room."""

    def __init__(self, server: web.Server, limits: Limits, *, headers: Mapping[str, str], **more: Any) -> None:
        self.server, self.limits, self.headers = server, limits, headers
        self._most, self._more = limits.connections or _as_many_as_possible(), more
        self._open: dict[Connection, None] = {}  # who was heard last comes last

    def __call__(self) -> "Connection":
        return Connection(self, **self._more)

    def entered(self, connection: "Connection") -> None:
        self._open[connection] = None
        if len(self._open) > self._most:
            idle = (each for each in islice(self._open, LOOKED_AT) if each.waits)
            next(idle, connection).force_close()

    def heard(self, connection: "Connection") -> None:
        self._open.pop(connection, None)
        self._open[connection] = None

    def lost(self, connection: "Connection") -> None:
        self._open.pop(connection, None)


class Connection(web.RequestHandler):
    """aiohttp's, with the limits that it lacks."""

    __slots__ = ("_all", "_begun", "_late", "_line", "_unread")

    def __init__(self, all_of_them: Connections, **more: Any) -> None:
        limits = all_of_them.limits
        super().__init__(
            all_of_them.server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=limits.idle,
            lingering_time=limits.lingers,
            max_line_size=limits.line,
            max_field_size=limits.line,
            max_headers=limits.headers,
            **more,
        )
        self._all = all_of_them
        self._begun = 0
        self._late: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    @property
    def waits(self) -> bool:
        """Whether no request is at hand: none has begun, or the one that has is not complete."""
        return self._waiter is not None and not self._waiter.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._line = cast(asyncio.Transport, transport)  # uvloop's are none by their class
        self._line.set_write_buffer_limits(high=0)  # so that we are told as soon as anything waits to be read
        self._all.entered(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._in_time()
        self._all_read()
        self._all.lost(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not data or self.transport is None:
            return
        self._all.heard(self)
        if not self.waits:
            self._in_time()
            return
        self._begun += len(data)
        if self._begun > self._all.limits.head:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._late is None:
            within, why = self._all.limits.asks_within, HTTPStatus.REQUEST_TIMEOUT
            self._late = self._loop.call_later(within, self._refuse, why)

    async def start(self) -> None:
        """Answer requests. What breaks aiohttp itself (`CONNECT` to nothing does) would leave the connection open."""
        try:
            await super().start()
        except Exception as error:
            _log.info("a request broke its connection", extra={"why": type(error).__name__})
            self._refuse(HTTPStatus.BAD_REQUEST)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self._loop.call_later(self._all.limits.reads_within, self._line.abort)

    def resume_writing(self) -> None:
        self._all_read()
        super().resume_writing()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what is no request, or not text, shortly and repeat none of it; aiohttp logs faults of ours."""
        if isinstance(exc, UnicodeEncodeError):  # bytes that were no text, in an answer: aiohttp repeats `Expect`
            status = 400
        if status >= 500:
            return super().handle_error(request, status, exc, message)
        _log.debug("a request was not understood", extra={"why": type(exc).__name__})
        response = web.Response(status=status, text=_text(HTTPStatus(status)), headers=self._all.headers)
        response.force_close()
        return response

    def _refuse(self, why: HTTPStatus) -> None:
        """Say so, and close."""
        self._in_time()
        if self.transport is not None:
            text = _text(why)
            headers = {**self._all.headers, "Connection": "close", "Content-Length": str(len(text))}
            lines = [f"HTTP/1.1 {why.value} {why.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
            self.transport.write("\r\n".join([*lines, "", text]).encode())
        self.force_close()

    def _in_time(self) -> None:
        self._begun = 0
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _all_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def _text(status: HTTPStatus) -> str:
    return f"{status.value}: {status.phrase}"


def _as_many_as_possible() -> int:
    """How many connections fit, once this process may open as many files as the system lets it."""
    if sys.platform == "win32":
        return FILES_WANTED
    import resource  # noqa: PLC0415 (Windows has none)

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # as on macOS, which has further limits
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    may = FILES_WANTED if soft == resource.RLIM_INFINITY else soft
    return max(1, min(may, FILES_WANTED) - FILES_FOR_OTHERS)

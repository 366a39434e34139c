"""The short way for what is asked for most: a person opens a link and is sent on.

Finding a route, passing the middlewares and putting a response together cost as much as all that is ours. So a request
is looked at here before that: where it is the plain case, and all that it takes is in memory, it is answered at once,
with the same bytes. Anything else goes the long way, through the routes, and is learnt there for the next time.
"""

from collections.abc import Awaitable
from datetime import datetime
from email.utils import formatdate
from functools import lru_cache
from typing import NamedTuple

from aiohttp import HttpVersion11, web
from yarl import URL

from bots.web import visitors
from bots.web.app import HEADERS
from bots.web.asker import Pseudonyms
from bots.web.visits import visit_of
from core.campaign.values import State
from core.clock import Clock
from core.visits import Book, Met, Page, Recorder, Visit

KNOWN = 20_000
"""Ways that are remembered; a few hundred bytes each."""

_REST = "".join(f"{name}: {value}\r\n" for name, value in {"Cache-Control": "no-store", **HEADERS}.items())
_AFTER = f"\r\n{_REST}Content-Length: 0\r\nServer: sayso\r\nDate: ".encode()


class _Way(NamedTuple):
    """Where a path leads."""

    page: Page
    channel: str | None
    lines: bytes  # the answer's, up to the date


class ShortWay:
    """Sends people on without detours. `public_url` is the address that the world knows this web by."""

    def __init__(
        self, clock: Clock, recorder: Recorder, book: Book, pseudonyms: Pseudonyms, *, public_url: URL | None
    ) -> None:
        self._clock, self._recorder, self._book, self._pseudonyms = clock, recorder, book, pseudonyms
        self._own = _own(public_url.authority) if public_url else None
        self._ways: dict[str, _Way] = {}
        self._edition = book.edition

    def learn(self, path: str, page: Page, channel: str | None, location: str) -> None:
        """People who ask for this path are sent there, until the campaign or a door changes."""
        if self._edition is not self._book.edition or len(self._ways) >= KNOWN:
            self._ways.clear()
            self._edition = self._book.edition
        if location.isprintable():  # or else aiohttp refuses it, too
            self._ways[path] = _Way(page, channel, b"HTTP/1.1 302 Found\r\nLocation: " + location.encode() + _AFTER)

    def at_once(self, request: web.BaseRequest) -> Awaitable[web.StreamResponse] | None:
        """The answer, if this is a person who is sent on and nothing has to be asked for; else None."""
        way = self._ways.get(request.raw_path)
        if way is None or not _is_plain(request):
            return None
        now = self._clock.now()
        if not self._is_current(now) or not self._pseudonyms.are_known(now):
            return None
        if way.page.applied.state(now) in (State.SCHEDULED, State.ENDED):
            return None
        seen = visitors.visit(request.headers, own=self._own or _own(request.headers.get("Host", "")))
        if not seen.counts:
            return None
        visitor = self._pseudonyms.known(request, way.page.applied.campaign.privacy)
        return self._send_on(visit_of(Met.CLICK, seen, way.page, way.channel, visitor, now), way.lines)

    def _is_current(self, now: datetime) -> bool:
        """Whether what was learnt still holds."""
        return self._edition is self._book.edition and self._book.is_fresh(now)

    async def _send_on(self, visit: Visit, lines: bytes) -> web.StreamResponse:
        await self._recorder.record(visit)
        return _SentOn(lines + _date(visit.at))


class _SentOn(web.StreamResponse):
    """An answer that is already written down."""

    route = "/r/{code}"

    def __init__(self, whole: bytes) -> None:
        super().__init__(status=302)
        self._whole = whole

    @property
    def keep_alive(self) -> bool:
        return True

    async def prepare(self, request: web.BaseRequest) -> None:
        writer = request.writer
        await writer.write(self._whole)
        await writer.drain()

    async def write_eof(self, data: bytes = b"") -> None:
        """There is nothing more."""


def _is_plain(request: web.BaseRequest) -> bool:
    return (
        request.method == "GET"
        and request.version == HttpVersion11
        and request.keep_alive
        and not request.body_exists
        and "Expect" not in request.headers
    )


def _date(now: datetime) -> bytes:
    return _date_line(int(now.timestamp()))


@lru_cache(maxsize=2)
def _date_line(seconds: int) -> bytes:
    return f"{formatdate(seconds, usegmt=True)}\r\n\r\n".encode()


@lru_cache(maxsize=1024)
def _own(authority: str) -> frozenset[str]:
    """The site's own host."""
    try:
        return frozenset({URL.build(authority=authority).host or ""})
    except ValueError:
        return frozenset()

"""Clients that are slow, silent or too many: each is let go in a bounded time, and the others notice nothing."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bots.web import app as web_app
from bots.web.connections import Limits
from core.database import Database
from tests.clock import FakeClock
from tests.waiting import until
from tests.web.raw import CODE, Site, answer_from, links_served, request

LIMITS = Limits(asks_within=0.3, reads_within=0.3, lingers=0.3, idle=5.0, connections=300)
LINK = f"/r/{CODE}".encode()


@pytest.fixture
async def site(sqlite_db: Database, clock: FakeClock) -> AsyncIterator[Site]:
    async with links_served(sqlite_db, clock, LIMITS) as site:
        yield site


async def assert_served(site: Site) -> None:
    answer = await site.ask(request(LINK), within=2.0)
    assert answer is not None
    assert answer.status == 302


async def test_a_request_that_never_ends_is_given_up_however_it_trickles(site: Site) -> None:
    async with site.connected() as (reader, writer):
        began = time.monotonic()
        writer.write(b"GET / HTTP/1.1\r\n")
        answering = asyncio.create_task(answer_from(reader))

        def one_more() -> bool:
            writer.write(b"X-Slow: 1\r\n")
            return answering.done()

        await until(one_more, 3.0)
        answer = await answering
        assert answer is not None
        assert (answer.status, answer.body) == (408, b"408: Request Timeout")
        assert time.monotonic() - began > LIMITS.asks_within / 2
        assert await reader.read() == b""


async def test_while_many_trickle_the_others_are_served(site: Site) -> None:
    async with AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(site.connected()) for _ in range(200)]
        for _, writer in slow:
            writer.write(b"GET " + LINK + b" HTTP/1.1\r\nHost: x\r\n")
        await assert_served(site)
        answers = await asyncio.gather(*(answer_from(reader) for reader, _ in slow))
        assert {answer and answer.status for answer in answers} == {408}


async def test_a_head_that_grows_too_large_is_refused_before_it_ends(site: Site) -> None:
    async with site.connected() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\n")
        answering = asyncio.create_task(answer_from(reader))

        def more() -> bool:
            writer.write(b"X-Much: " + b"x" * 4000 + b"\r\n")
            return answering.done()

        await until(more)
        answer = await answering
        assert answer is not None
        assert answer.status == 431


async def test_a_body_that_nobody_wants_is_not_waited_for(site: Site) -> None:
    async with site.connected() as (reader, writer):
        writer.write(request(LINK, headers=b"Content-Length: 1000\r\n") + b"x")
        answer = await answer_from(reader)
        assert answer is not None
        assert answer.status in (200, 302)
        async with asyncio.timeout(3.0):
            assert await reader.read() == b""


async def test_a_body_that_trickles_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_app, "ANSWERED_WITHIN", 0.2)
    async with site.connected() as (reader, writer):
        writer.write(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        answering = asyncio.create_task(answer_from(reader))

        def one_more() -> bool:
            writer.write(b"x")
            return answering.done()

        await until(one_more, 3.0)
        answer = await answering
        assert answer is not None
        assert answer.status == 408
        async with asyncio.timeout(3.0):
            assert await reader.read() == b""


class Deaf:
    """A client that asks and never reads."""

    def __init__(self, site: Site) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        self._socket.connect(("127.0.0.1", site.port))
        self._socket.setblocking(False)

    def cut_off(self, sent: bytes) -> bool:
        """Send this; True if nobody is there any more."""
        try:
            self._socket.send(sent)
        except BlockingIOError:
            return False
        except ConnectionError:
            self._socket.close()
            return True
        return False


async def test_who_asks_on_and_on_and_does_not_read_is_cut_off(site: Site) -> None:
    deaf = Deaf(site)
    await until(lambda: deaf.cut_off(request(b"/r/unknown") * 100))
    await assert_served(site)


async def test_when_there_are_too_many_the_one_silent_longest_makes_room(site: Site) -> None:
    async with AsyncExitStack() as stack:
        idle = [await stack.enter_async_context(site.connected()) for _ in range(300)]
        for reader, writer in idle:
            writer.write(request(b"/healthz"))
            assert await answer_from(reader) is not None
        for _ in range(5):
            await assert_served(site)
        (first, _), (last, writer) = idle[0], idle[-1]
        assert await first.read() == b""
        writer.write(request(LINK))
        assert await answer_from(last) is not None


async def test_who_says_nothing_is_let_go_in_the_end(sqlite_db: Database, clock: FakeClock) -> None:
    async with links_served(sqlite_db, clock, Limits(idle=0.2)) as site:
        async with site.connected() as (never_asked, _):
            async with asyncio.timeout(3.0):
                assert await never_asked.read() == b""
        async with site.connected() as (reader, writer):
            writer.write(request(b"/healthz"))
            assert await answer_from(reader) is not None
            async with asyncio.timeout(3.0):
                assert await reader.read() == b""

"""Advocates' links served on a real socket, and what may be sent there as mere bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bots.web.app import build, serve
from bots.web.connections import Limits
from bots.web.links import Links
from core import campaign as campaigns
from core import doors, links, members
from core.campaign.values import Account, Campaign, Card, Community, Platform, Window
from core.database import Database
from core.links import Link
from core.members import Person
from core.visits import Recorder
from tests.clock import FakeClock

CODE = "AAAAAAAAAAA"
WAY_IN = f"https://t.me/sayso_bot?start={CODE}"
PERSON = b"User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Site:
    """A web that runs, by its port."""

    port: int

    async def ask(self, sent: bytes, *, within: float = 10.0) -> Answer | None:
        """What is answered first to these bytes; None if the connection is closed without a word."""
        async with self.connected() as (reader, writer):
            async with asyncio.timeout(within):
                writer.write(sent)
                return await answer_from(reader, bodiless=sent.startswith(b"HEAD"))

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


async def answer_from(reader: asyncio.StreamReader, *, bodiless: bool = False) -> Answer | None:
    """The next answer; None if the connection is closed instead."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")[:-2]
        status, headers = int(first.split()[1]), dict(line.split(": ", 1) for line in lines)
        if status == 100:
            return await answer_from(reader, bodiless=bodiless)
        length = 0 if bodiless else int(headers.get("Content-Length", 0))
        return Answer(status, headers, await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def request(target: bytes, *, method: bytes = b"GET", headers: bytes = PERSON) -> bytes:
    """One that is complete, so that it is answered at once."""
    return method + b" " + target + b" HTTP/1.1\r\nHost: sayso.example\r\n" + headers + b"\r\n"


@asynccontextmanager
async def links_served(db: Database, clock: FakeClock, limits: Limits) -> AsyncIterator[Site]:
    """One advocate's link, on a port of its own; visits are recorded."""
    await _campaign(db, clock)
    recorder, stop = Recorder(db, clock, lambda: 1, within=20.0), asyncio.Event()
    pages = Links(db, clock, recorder, public_url=None)
    app = build(db, clock, routes=[*pages.routes(), web.post("/body", _body)], at_once=pages.at_once)
    at = asyncio.get_running_loop().create_future()
    served = asyncio.create_task(serve(app, "127.0.0.1", 0, stop, listening=at.set_result, limits=limits))
    recorded = asyncio.Event()
    recording = asyncio.create_task(recorder.run(recorded))
    try:
        yield Site(int((await at).rpartition(":")[2]))
    finally:
        stop.set()
        await served
        recorded.set()
        await recording


async def _body(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def _campaign(db: Database, clock: FakeClock) -> None:
    ana = Person(account=Account(platform=Platform.TELEGRAM, id=11), name="Ana")
    lune = Campaign(
        slug="lune",
        title={"en": "Bring a friend"},
        window=Window(timezone="Europe/Paris", starts=clock.now() - timedelta(days=1)),
        communities=(Community(name="salon", platform=Platform.TELEGRAM, chat=-1001),),
        destination="salon",
        card=Card(title={"en": "A friend invites you"}, text={"en": "A private welcome awaits."}),
    )
    async with db.begin() as tx:
        applied = await campaigns.keep(tx, lune, now=clock.now())
        known = await members.meet(tx, [ana], now=clock.now())
        await links.add(tx, [Link(CODE, applied.id, known[ana.account].id)], now=clock.now())
        await doors.opened(tx, Platform.TELEGRAM, "https://t.me/sayso_bot?start={code}", now=clock.now())

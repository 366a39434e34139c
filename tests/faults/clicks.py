"""People who follow links over many connections, what each of them was told, and what the database knows of it."""

import asyncio
import re
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bots.cli.status import statuses
from core import doors
from core.audit import audit
from core.campaign.values import Platform
from core.clock import SystemClock
from core.database import Database, rows_of, table_of
from core.journal.table import FactRow
from core.visits import pseudonym
from core.visits.table import SaltRow
from tests.bench.community import door
from tests.waiting import until

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOT_RECORDED = "a visit was not recorded"

Click = tuple[str, str]
"""A link's code, and the language that makes its visitor like no other."""


@asynccontextmanager
async def links_in(url: str) -> AsyncIterator[list[str]]:
    """The codes of a campaign whose links send people on, in the database at that address."""
    async with door(url, destination="salon") as way_in:
        async with way_in.db.begin() as tx:
            await doors.opened(tx, Platform.TELEGRAM, "https://t.me/x?start={code}", now=SystemClock().now())
        yield way_in.codes


def settings(url: str) -> dict[str, str]:
    """The environment of `sayso run --only web`, on a port that nobody else has now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    return {"SAYSO_DATABASE_URL": url, "SAYSO_LISTEN": f"127.0.0.1:{port}", "SAYSO_LOG": "json"}


class Visitors:
    """Each click is somebody else's, and is made once. `sent_on` are those that were answered 302."""

    def __init__(self, address: str, codes: list[str]) -> None:
        self._host, _, port = address.partition(":")
        self._port, self._codes = int(port), codes
        self._numbers = count()
        self.asked: set[Click] = set()
        self.sent_on: set[Click] = set()
        self.others: Counter[int] = Counter()
        self.took: list[float] = []

    async def listened_to(self) -> None:
        """Return when the web listens."""

        async def there() -> bool:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(self._host, self._port)
                writer.transport.abort()
                return True
            return False

        await until(there, 20.0)

    async def come(self, connections: int, *, clicks: int | None = None) -> None:
        """Over so many connections, click on and on, or so often on each, until that is done or nobody answers."""
        loop = asyncio.get_running_loop()
        coming = [
            loop.create_connection(lambda: _Connection(self, clicks), self._host, self._port)
            for _ in range(connections)
        ]
        made = await asyncio.gather(*coming, return_exceptions=True)
        await asyncio.gather(*(protocol.done for _, protocol in (each for each in made if isinstance(each, tuple))))

    def next(self) -> Click:
        number = next(self._numbers)
        click = (self._codes[number * 31 % len(self._codes)], f"en, x-{number}")
        self.asked.add(click)
        return click

    def told(self, click: Click, status: int, took: float) -> None:
        self.took.append(took)
        if status == 302:
            self.sent_on.add(click)
        else:
            self.others[status] += 1


class _Connection(asyncio.Protocol):
    """One that asks again as soon as it is answered."""

    def __init__(self, visitors: Visitors, clicks: int | None) -> None:
        self._visitors, self._left = visitors, clicks
        self._click: Click | None = None
        self._heard = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, found, rest = self._heard.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if not found or len(rest) < int(length[1] if length else 0) or self._click is None:
            return
        self._heard = b""
        self._visitors.told(self._click, int(head.split()[1]), time.monotonic() - self._began)
        self._ask()

    def _ask(self) -> None:
        if self._left == 0:
            self._transport.close()
            return
        self._left = None if self._left is None else self._left - 1
        self._click = code, language = self._visitors.next()
        self._began = time.monotonic()
        lines = (f"GET /r/{code} HTTP/1.1", "Host: x", f"User-Agent: {AGENT}", f"Accept-Language: {language}", "", "")
        self._transport.write("\r\n".join(lines).encode())


class Kept:
    """What the database knows of all that: each figure where people will look for it."""

    def __init__(self, clicks: list[tuple[str, str]], unrecorded: int, problems: list[Any], status: Any) -> None:
        self.clicks, self.unrecorded, self.problems, self.status = Counter(clicks), unrecorded, problems, status

    @classmethod
    async def of(cls, db: Database) -> "Kept":
        journal = table_of(FactRow)
        async with db.read() as tx:
            rows = await rows_of(tx, select(journal.c.kind, journal.c.key, journal.c.code, journal.c.data))
            problems = list(await audit(tx))
        clicks = [(row.code, _visitor(row.key)) for row in rows if row.kind == "click"]
        unrecorded = sum(row.data["n"] for row in rows if row.kind == "unrecorded")
        [status] = await statuses(db, "bench")
        return cls(clicks, unrecorded, problems, status)


def _visitor(key: str) -> str:
    """Whose click it is: the one part of its key that is as long as a pseudonym."""
    [visitor] = [part for part in key.split("/") if len(part) == 16]
    return visitor


async def as_kept(db: Database, clicks: Iterable[Click]) -> set[tuple[str, str]]:
    """The clicks as the journal spells them: each visitor under the salt of the day."""
    async with db.read() as tx:
        [salt] = [row.salt for row in await rows_of(tx, select(table_of(SaltRow)))]
    name: Callable[[str], str] = lambda language: pseudonym(salt, address="127.0.0.1", agent=AGENT, language=language)  # noqa: E731
    return {(code, name(language)) for code, language in clicks}


def not_recorded(log: Path) -> int:
    """How many clicks the processes said that they lost."""
    return log.read_text(errors="replace").count(NOT_RECORDED)

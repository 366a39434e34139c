"""A database that stalls, breaks off or is full: people are sent on in time, each click is kept or said to be lost.

Nothing is started anew: when the database is back, so are the records.
"""

import asyncio
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from core.database import Database
from tests.depth import times
from tests.faults.clicks import Kept, Visitors, as_kept, links_in, not_recorded, settings
from tests.faults.nursery import Nursery
from tests.faults.proxy import Proxy
from tests.postgres import PostgresServer
from tests.waiting import until

DEADLINE = 2.0
ALLOWED = 1.0
"""For forty visitors at once on a busy machine, beyond the deadline."""

VISITORS = 40

WAVES = times(2)
"""How often they come while it stalls, two seconds each time."""


class Web:
    """The web in a process of its own, and everybody who came to it."""

    def __init__(self, sayso: Nursery, visitors: Visitors, process: int, url: str, strangers: Visitors) -> None:
        self.sayso, self.visitors, self.process, self._url = sayso, visitors, process, url
        self.strangers = strangers  # they follow links that this process has not seen yet

    async def visited(self) -> float:
        """Forty people click at once; all are sent on. The seconds that the slowest waited."""
        self.visitors.took.clear()
        await self.visitors.come(VISITORS, clicks=1)
        assert self.visitors.others == {}
        return max(self.visitors.took)

    async def visited_in_trouble(self) -> None:
        slowest = await self.visited()
        print(f"the slowest of {VISITORS} waited {slowest:.2f} s")
        assert slowest < DEADLINE + ALLOWED

    async def recovered(self) -> None:
        """Return when clicks are kept again, and those that were not are told of."""

        async def one_is_kept() -> bool:
            lost = not_recorded(self.sayso.log)
            await self.visitors.come(1, clicks=1)
            return self.visitors.took[-1] < DEADLINE / 2 and not_recorded(self.sayso.log) == lost

        await until(one_is_kept, 20.0)

    async def compare(self) -> int:
        """Nothing is missing, nothing is counted twice, and all say the same. How many were lost."""
        db = Database(self._url)
        kept, asked, lost = await Kept.of(db), await as_kept(db, self.visitors.asked), not_recorded(self.sayso.log)
        await db.close()
        clicks, unrecorded = len(kept.clicks), kept.unrecorded
        print(f"{len(asked)} clicks: {clicks} kept, {unrecorded} unrecorded")
        assert self.visitors.sent_on == self.visitors.asked
        assert set(kept.clicks.values()) == {1}
        assert (clicks + unrecorded, kept.clicks.keys() - asked) == (len(asked), set())
        assert (kept.status.clicks, kept.status.unrecorded, lost) == (clicks, unrecorded, unrecorded)
        assert kept.problems == []
        return unrecorded


@asynccontextmanager
async def web_on(sayso: Nursery, url: str, *, seen_as: str | None = None) -> AsyncIterator[Web]:
    """A web that has been visited. `seen_as` is the address by which it knows the database, if that is another."""
    environment = settings(seen_as or url)
    async with links_in(url) as codes:
        process = await sayso.start("run", "--only", "web", **environment)
        visitors = Visitors(environment["SAYSO_LISTEN"], codes[:VISITORS])
        await visitors.listened_to()
        strangers = Visitors(environment["SAYSO_LISTEN"], codes[VISITORS:])
        web = Web(sayso, visitors, process, url, strangers)
        for _ in range(3):
            await web.visited()
        yield web


async def test_while_another_process_holds_sqlite_people_are_sent_on(sqlite_url: str, sayso: Nursery) -> None:
    async with web_on(sayso, sqlite_url) as web:
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for _ in range(WAVES):
            await web.visited_in_trouble()
        other.execute("ROLLBACK")
        other.close()
        await web.recovered()
        assert await web.compare() >= VISITORS


async def test_while_another_session_locks_the_journal_people_are_sent_on(postgres_url: str, sayso: Nursery) -> None:
    async with web_on(sayso, postgres_url) as web:
        other = await asyncpg.connect(postgres_url)
        async with other.transaction():
            await other.execute("LOCK TABLE journal")
            for _ in range(WAVES):
                await web.visited_in_trouble()
        await other.close()
        await web.recovered()
        assert await web.compare() >= VISITORS


@pytest.fixture
async def proxy(postgres: PostgresServer) -> AsyncIterator[Proxy]:
    proxy = Proxy(postgres.folder)
    yield proxy
    await proxy.stop()


async def _through(proxy: Proxy, url: str) -> str:
    name = url.partition("?")[0].rpartition("/")[2]
    return f"postgresql://postgres@127.0.0.1:{await proxy.start()}/{name}"


@pytest.mark.parametrize(
    ("ways", "breaks"),
    [
        pytest.param((), False, id="then-goes-on"),
        pytest.param((), True, id="then-breaks"),
        pytest.param(("down",), True, id="unheard"),
    ],
)
async def test_while_the_way_to_postgresql_is_frozen_people_are_sent_on(
    ways: tuple[str, ...], breaks: bool, postgres_url: str, proxy: Proxy, sayso: Nursery
) -> None:
    async with web_on(sayso, postgres_url, seen_as=await _through(proxy, postgres_url)) as web:
        proxy.freeze(*ways)
        await web.visited_in_trouble()
        if breaks:
            proxy.cut()
        proxy.thaw()
        await web.recovered()
        await web.compare()


@pytest.mark.parametrize("breaks", [pytest.param(False, id="goes-on"), pytest.param(True, id="breaks")])
async def test_what_was_kept_though_nobody_heard_of_it_is_not_said_to_be_lost(
    breaks: bool, postgres_url: str, proxy: Proxy, sayso: Nursery
) -> None:
    async with web_on(sayso, postgres_url, seen_as=await _through(proxy, postgres_url)) as web:
        proxy.keep_the_next_answer_to_a_commit()
        await web.visited_in_trouble()
        assert proxy.caught.is_set()
        if breaks:
            proxy.cut()
        proxy.thaw()
        await web.recovered()
        await web.compare()


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of another process can be set on Linux only")
async def test_while_files_cannot_grow_people_are_sent_on(sqlite_url: str, sayso: Nursery) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///") + "-wal")
    async with web_on(sayso, sqlite_url) as web:
        grown = await until(lambda: (size := path.stat().st_size) > 200_000 and size)
        _, most = resource.prlimit(web.process, resource.RLIMIT_FSIZE)
        resource.prlimit(web.process, resource.RLIMIT_FSIZE, (grown, most))
        await web.visited_in_trouble()
        resource.prlimit(web.process, resource.RLIMIT_FSIZE, (most, most))
        await web.recovered()
        assert await web.compare() >= VISITORS


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "x", place], check=False).returncode
    ):
        pytest.skip("only who may mount has a small disk")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


async def test_while_the_disk_is_full_people_are_sent_on(small_disk: Path, sqlite_file: Path, sayso: Nursery) -> None:
    database, filler = shutil.copy(sqlite_file, small_disk / "sayso.db"), small_disk / "filler"
    async with web_on(sayso, f"sqlite:///{database}") as web:
        with filler.open("wb") as file:
            while (free := shutil.disk_usage(small_disk).free) > 0:
                file.write(b"x" * free)
                file.flush()
        for _ in range(WAVES):
            await web.visited_in_trouble()
        await asyncio.to_thread(filler.unlink)
        await web.recovered()
        assert await web.compare() >= VISITORS


async def test_who_follows_a_link_that_nobody_did_before_hears_in_time_that_it_must_wait(
    postgres_url: str, proxy: Proxy, sayso: Nursery
) -> None:
    async with web_on(sayso, postgres_url, seen_as=await _through(proxy, postgres_url)) as web:
        proxy.freeze()
        strangers = web.strangers
        async with asyncio.timeout(6.0):
            await strangers.come(5, clicks=1)
        proxy.thaw()
        print(f"the slowest of 5 strangers waited {max(strangers.took):.2f} s: {dict(strangers.others)}")
        assert strangers.others == {503: 5}
        await web.recovered()
        await strangers.come(5, clicks=1)
        assert len(strangers.sent_on) == 5

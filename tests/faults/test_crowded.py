"""Ten thousand connections that nobody uses: people are sent on as if they were not there."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.clicks import Visitors, links_in, settings
from tests.faults.nursery import Nursery

resource = pytest.importorskip("resource")

IDLE = 10_000
AT_ONCE = 500
USUAL = 1024
"""So many files a process may open on most systems, unless it asks for more."""

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def room() -> None:
    """This process may open as many files as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < IDLE + 500:
        pytest.skip(f"a process may open {hard} files here, which is too few")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, IDLE + 500), hard))


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of another process can be set on Linux only")
async def test_ten_thousand_idle_connections_cost_nobody_anything(
    room: None, sqlite_url: str, folder: Path, sayso: Nursery
) -> None:
    environment = settings(sqlite_url)
    async with links_in(sqlite_url) as codes:
        process = await sayso.start("run", "--only", "web", **environment)
        most = resource.prlimit(process, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(process, resource.RLIMIT_NOFILE, (USUAL, most))
        visitors = Visitors(environment["SAYSO_LISTEN"], codes)
        await visitors.listened_to()
        await visitors.come(32, clicks=50)
        before, alone = _megabytes(process), _median(visitors)

        idle = await _connect(environment["SAYSO_LISTEN"], IDLE)
        visitors.took.clear()
        began = time.monotonic()
        await visitors.come(32, clicks=50)
        print(f"{len(idle)} idle: {_megabytes(process) - before:.0f} MB on top of {before:.0f}, a click takes", end=" ")
        print(
            f"{1000 * _median(visitors):.1f} ms ({1000 * alone:.1f} alone), {1600 / (time.monotonic() - began):.0f}/s"
        )

        assert [each for each in idle if each.lost] == []
        assert len(visitors.sent_on) == len(visitors.asked) == 3200
        assert max(visitors.took) < 2.0
        assert _megabytes(process) - before < IDLE * 40 / 1024
        for each in idle[::100]:
            await each.asks()
        for each in idle:
            each.transport.abort()
        assert await sayso.stop() == 0


class _Idle(asyncio.Protocol):
    """Asks once, and then keeps the connection for later."""

    lost = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._answered = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        assert data.startswith(b"HTTP/1.1 200")
        self._answered.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True

    async def asks(self) -> None:
        self._answered.clear()
        self.transport.write(HEALTH)
        async with asyncio.timeout(10.0):
            await self._answered.wait()


async def _connect(address: str, number: int) -> list[_Idle]:
    host, _, port = address.partition(":")
    loop, idle = asyncio.get_running_loop(), []
    for _ in range(number // AT_ONCE):
        made = await asyncio.gather(*(loop.create_connection(_Idle, host, int(port)) for _ in range(AT_ONCE)))
        idle += [protocol for _, protocol in made]
        await asyncio.gather(*(protocol.asks() for _, protocol in made))
    return idle


def _megabytes(process: int) -> float:
    """The memory that the process holds."""
    [line] = [each for each in Path(f"/proc/{process}/status").read_text().splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def _median(visitors: Visitors) -> float:
    return sorted(visitors.took)[len(visitors.took) // 2]

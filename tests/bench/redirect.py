"""How many clicks a second are answered after they are durably kept, beside a bare aiohttp handler answering 302.

    python -m tests.bench.redirect [--seconds 3] [--rounds 5] [--connections 64]

Each round runs every way once, in shuffled order: a server process of its own, and a load process with keep-alive
connections that ask for 1,000 different links as 1,000 different visitors. Ratios are taken within a round.
"""

import argparse
import asyncio
import multiprocessing
import random
import secrets
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

from bots.web.app import build, serve
from bots.web.links import Links
from core import doors
from core.campaign.values import Platform
from core.clock import SystemClock
from core.database import Database
from core.visits import Recorder
from tests.bench.community import databases, door

BARE = "aiohttp 302"
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
_spawn = multiprocessing.get_context("spawn")


def main() -> None:
    options = _options()
    found: dict[str, list[tuple[float, float, float]]] = {}
    with databases() as fresh:
        for turn in range(options.rounds):
            ways = [BARE, *fresh]
            random.shuffle(ways)
            for way in ways:
                url = fresh[way]() if way in fresh else None
                found.setdefault(way, []).append(_measure(url, options.connections, options.seconds))
            print(f"round {turn + 1} of {options.rounds} done", flush=True)
    _report(found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    return parser.parse_args()


def _measure(url: str | None, connections: int, seconds: float) -> tuple[float, float, float]:
    """Answers a second, and the milliseconds of the median and the slowest hundredth of them."""
    ours, theirs = _spawn.Pipe()
    server = _spawn.Process(target=_serve, args=(theirs, url))
    server.start()
    try:
        port, codes = ours.recv()
        _load(port, codes, connections, 1.0)  # warm
        return _load(port, codes, connections, seconds)
    finally:
        ours.send("stop")
        server.join(30)


def _serve(pipe: Connection, url: str | None) -> None:
    asyncio.run(_bare(pipe) if url is None else _product(pipe, url))


async def _bare(pipe: Connection) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "https://t.me/x", "Cache-Control": "no-store"})

    app = web.Application()
    app.router.add_get("/r/{code}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send((runner.addresses[0][1], ["AAAAAAAAAAA"]))
    await asyncio.to_thread(pipe.recv)
    await runner.cleanup()


async def _product(pipe: Connection, url: str) -> None:
    clock, stop = SystemClock(), asyncio.Event()
    async with door(url, destination="salon") as way_in:
        async with way_in.db.begin() as tx:
            await doors.opened(tx, Platform.TELEGRAM, "https://t.me/x?start={code}", now=clock.now())
        recorder = Recorder(way_in.db, clock, lambda: secrets.randbits(48))
        links = Links(way_in.db, clock, recorder, public_url=None)
        app = build(Database(url), clock, routes=links.routes())

        def listening(address: str) -> None:
            pipe.send((int(address.rpartition(":")[2]), way_in.codes))

        work = asyncio.gather(serve(app, "127.0.0.1", 0, stop, listening=listening), recorder.run(stop))
        await asyncio.to_thread(pipe.recv)
        stop.set()
        await work


def _load(port: int, codes: list[str], connections: int, seconds: float) -> tuple[float, float, float]:
    return asyncio.run(_ask(port, codes, connections, seconds))


async def _ask(port: int, codes: list[str], connections: int, seconds: float) -> tuple[float, float, float]:
    took: list[float] = []
    ends = time.perf_counter() + seconds
    loop = asyncio.get_running_loop()
    asking = [
        await loop.create_connection(lambda n=n: _Asking(codes, n, ends, took), "127.0.0.1", port)
        for n in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in asking))
    milliseconds = sorted(each * 1000 for each in took)
    return len(took) / seconds, statistics.median(milliseconds), milliseconds[int(len(milliseconds) * 0.99)]


class _Asking(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    def __init__(self, codes: list[str], number: int, ends: float, took: list[float]) -> None:
        self._codes, self._number, self._ends, self._took = codes, number, ends, took
        self._turn, self._began = 0, 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"HTTP/1.1 302"):
            self.done.set_exception(RuntimeError(data[:200].decode(errors="replace")))
            return
        now = time.perf_counter()
        self._took.append(now - self._began)
        if now < self._ends:
            self._next()
        elif not self.done.done():
            self.done.set_result(None)
            self._transport.close()

    def _next(self) -> None:
        self._turn += 1
        code = self._codes[(self._number * 31 + self._turn) % len(self._codes)]
        visitor = f"en, x-{self._number}-{self._turn}"
        self._began = time.perf_counter()
        self._transport.write(
            f"GET /r/{code} HTTP/1.1\r\nHost: x\r\nUser-Agent: {AGENT}\r\nAccept-Language: {visitor}\r\n\r\n".encode()
        )


def _report(found: dict[str, list[tuple[float, float, float]]]) -> None:
    median: Callable[[list[float]], float] = statistics.median
    print(f"{'':14}{'answers/s':>28}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}{'p99 ratio':>11}")
    for way, rounds in found.items():
        rates, p50, p99 = (list(column) for column in zip(*rounds, strict=True))
        ratio = median([mine[0] / bare[0] for mine, bare in zip(rounds, found[BARE], strict=True)])
        slow = median([mine[2] / bare[2] for mine, bare in zip(rounds, found[BARE], strict=True)])
        spread = f"{median(rates):,.0f} [{min(rates):,.0f}-{max(rates):,.0f}]"
        print(f"{way:14}{spread:>28}{ratio:>8.2f}{median(p50):>9.1f}{median(p99):>9.1f}{slow:>11.2f}")


if __name__ == "__main__":
    main()

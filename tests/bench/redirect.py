"""How many clicks a second are answered after they are durably kept, beside a bare aiohttp handler answering 302.

    python -m tests.bench.redirect [--rounds 5] [--seconds 3] [--only closed 1000/s 4000/s slow] [--uvloop]

Each round runs every way once, in shuffled order: a server process of its own, and the load from this one, as 200
different links' ever new visitors. Ratios are taken within a round.

closed  64 connections, each asking again as soon as it is answered
1000/s  open loop: so many come each second, whether or not the others are answered; and 4000/s
slow    256 connections, and a disk that takes 10 ms more for each commit; beside 128 answers every 10 ms
"""

import argparse
import asyncio
import importlib
import logging
import multiprocessing
import random
import secrets
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

from bots.web.app import build, serve
from bots.web.links import Links
from core import doors
from core.campaign.values import Platform
from core.clock import SystemClock
from core.database import Database, Direct, Statement
from core.visits import Recorder
from tests.bench.community import databases, door
from tests.bench.load import Figures, closed, opened

BARE = "aiohttp 302"
SLOW = "slow"
SLOWER_BY = 0.01
SLOW_AT_BEST = 128 / SLOWER_BY
Load = Callable[[int, list[str], float], Figures]
LOADS: dict[str, Load] = {
    "closed": lambda port, codes, seconds: closed(port, codes, connections=64, seconds=seconds),
    "1000/s": lambda port, codes, seconds: opened(port, codes, connections=64, seconds=seconds, rate=1000),
    "4000/s": lambda port, codes, seconds: opened(port, codes, connections=64, seconds=seconds, rate=4000),
    SLOW: lambda port, codes, seconds: closed(port, codes, connections=256, seconds=seconds),
}
_spawn = multiprocessing.get_context("spawn")


def main() -> None:
    options = _options()
    found: dict[tuple[str, str], list[Figures]] = {}
    with databases() as fresh:
        for turn in range(options.rounds):
            for way in random.sample([BARE, *fresh], len(fresh) + 1):
                for name, figures in _measure(way, fresh.get(way), options):
                    found.setdefault((name, way), []).append(figures)
            print(f"round {turn + 1} of {options.rounds} done", flush=True)
    for name in options.only:
        _report(name, {way: rounds for (load, way), rounds in found.items() if load == name})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(LOADS), default=list(LOADS))
    parser.add_argument("--uvloop", action="store_true", help="on both sides")
    return parser.parse_args()


def _measure(way: str, fresh: Callable[[], str] | None, options: argparse.Namespace) -> Iterator[tuple[str, Figures]]:
    usual = [name for name in options.only if name != SLOW]
    for names, slower in ((usual, 0.0), ([SLOW] if SLOW in options.only and fresh else [], SLOWER_BY)):
        if names:
            with _served(fresh() if fresh else None, slower, options.uvloop) as (port, codes):
                closed(port, codes, connections=64, seconds=1.0)  # warm
                for name in names:
                    yield name, LOADS[name](port, codes, options.seconds)


@contextmanager
def _served(url: str | None, slower: float, fast: bool) -> Iterator[tuple[int, list[str]]]:
    """A server process: its port, and the codes of the links it knows."""
    ours, theirs = _spawn.Pipe()
    server = _spawn.Process(target=_serve, args=(theirs, url, slower, fast))
    server.start()
    try:
        yield ours.recv()
    finally:
        ours.send("stop")
        server.join(30)


def _serve(pipe: Connection, url: str | None, slower: float, fast: bool) -> None:
    logging.basicConfig()
    logging.getLogger("bots").setLevel(logging.INFO)  # as in production: who logs each click pays for it here
    loop_factory = importlib.import_module("uvloop").new_event_loop if fast else None
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(_bare(pipe) if url is None else _product(pipe, _Slower(url, slower) if slower else Database(url)))


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


async def _product(pipe: Connection, db: Database) -> None:
    clock, stop = SystemClock(), asyncio.Event()
    url = db.url.render_as_string(hide_password=False)
    async with door(url, destination="salon") as way_in:
        async with way_in.db.begin() as tx:
            await doors.opened(tx, Platform.TELEGRAM, "https://t.me/x?start={code}", now=clock.now())
        recorder = Recorder(db, clock, lambda: secrets.randbits(48))
        links = Links(db, clock, recorder, public_url=None)
        app = build(db, clock, routes=links.routes(), at_once=links.at_once)

        def listening(address: str) -> None:
            pipe.send((int(address.rpartition(":")[2]), way_in.codes))

        work = asyncio.gather(serve(app, "127.0.0.1", 0, stop, listening=listening), recorder.run(stop))
        await asyncio.to_thread(pipe.recv)
        stop.set()
        await work
        assert recorder.unrecorded == 0
        await db.close()


class _Slower(Database):
    """A database whose disk takes longer for each commit of a visit."""

    def __init__(self, url: str, by: float) -> None:
        super().__init__(url)
        self._by = by

    def direct(self, statement: Statement) -> Direct:
        real, by = super().direct(statement), self._by

        class Slow:
            async def run(self, values: Sequence[Any]) -> None:
                await asyncio.sleep(by)
                await real.run(values)

            async def close(self) -> None:
                await real.close()

        return Slow()


def _report(load: str, found: dict[str, list[Figures]]) -> None:
    median: Callable[[list[float]], float] = statistics.median
    print(f"\n{load:14}{'answers/s':>28}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}{'p99 ratio':>11}")
    for way, rounds in found.items():
        rates, p50, p99 = (list(column) for column in zip(*rounds, strict=True))
        bare = found.get(BARE, [Figures(SLOW_AT_BEST, 0.0, float("nan"))] * len(rounds))
        ratio = median([mine.rate / theirs.rate for mine, theirs in zip(rounds, bare, strict=True)])
        slow = median([mine.p99 / theirs.p99 for mine, theirs in zip(rounds, bare, strict=True)])
        spread = f"{median(rates):,.0f} [{min(rates):,.0f}-{max(rates):,.0f}]"
        print(f"{way:14}{spread:>28}{ratio:>8.2f}{median(p50):>9.1f}{median(p99):>9.1f}{slow:>11.2f}")


if __name__ == "__main__":
    main()

"""Asking a server for links from a process of its own, with keep-alive connections."""

import asyncio
import statistics
import time
from collections import deque
from secrets import token_hex
from typing import Any, NamedTuple

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Figures(NamedTuple):
    """Answers a second, and the milliseconds within which half of them came, and all but a hundredth."""

    rate: float
    p50: float
    p99: float


def closed(port: int, codes: list[str], *, connections: int, seconds: float) -> Figures:
    """Each connection asks again as soon as it is answered: as much as the server can do."""
    return asyncio.run(_ask(port, codes, connections, seconds, None))


def opened(port: int, codes: list[str], *, connections: int, seconds: float, rate: float) -> Figures:
    """So many ask each second, whether or not the others are answered. Time counts from when each was due."""
    return asyncio.run(_ask(port, codes, connections, seconds, rate))


async def _ask(port: int, codes: list[str], connections: int, seconds: float, rate: float | None) -> Figures:
    loop, ends = asyncio.get_running_loop(), time.perf_counter() + seconds
    crowd = _Crowd([code.encode() for code in codes], ends, again=rate is None)
    for number in range(connections):
        await loop.create_connection(lambda n=number: _Visitor(crowd, n), "127.0.0.1", port)
    if rate is None:
        while crowd.free:
            crowd.free.popleft().ask(time.perf_counter())
    else:
        await crowd.come(rate)
    await asyncio.wait_for(crowd.gone.wait(), seconds + 30)
    took = sorted(each * 1000 for each in crowd.took)
    return Figures(len(took) / seconds, statistics.median(took), took[int(len(took) * 0.99)])


class _Crowd:
    """All who ask, and what they met."""

    def __init__(self, codes: list[bytes], ends: float, *, again: bool) -> None:
        self.codes, self.ends, self.again = codes, ends, again
        self.took: list[float] = []
        self.free: deque[_Visitor] = deque()
        self.due: deque[float] = deque()
        self.asking = 0
        self.head = f" HTTP/1.1\r\nHost: x\r\nUser-Agent: {AGENT}\r\nAccept-Language: en, x-{token_hex(4)}-".encode()
        self.gone = asyncio.Event()

    async def come(self, rate: float) -> None:
        """Let them come at the times when they are due, on whatever connection is free."""
        began, number = time.perf_counter(), 0
        while (now := time.perf_counter()) < self.ends:
            while (due := began + number / rate) <= now:
                number += 1
                if self.free:
                    self.free.popleft().ask(due)
                else:
                    self.due.append(due)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        self.again = False
        self.left()

    def answered(self, visitor: "_Visitor", began: float) -> None:
        now = time.perf_counter()
        self.took.append(now - began)
        self.asking -= 1
        if self.again and now < self.ends:
            visitor.ask(now)
        elif self.due:
            visitor.ask(self.due.popleft())
        else:
            self.free.append(visitor)
            self.left()

    def left(self) -> None:
        if not self.asking and not self.due and time.perf_counter() >= self.ends:
            self.gone.set()


class _Visitor(asyncio.Protocol):
    """One connection. Every time somebody else, as their language tells."""

    def __init__(self, crowd: _Crowd, number: int) -> None:
        self._crowd, self._number, self._turn, self._began = crowd, number, 0, 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._crowd.free.append(self)

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"HTTP/1.1 302"):
            raise RuntimeError(data[:200].decode(errors="replace"))
        self._crowd.answered(self, self._began)

    def ask(self, began: float) -> None:
        self._crowd.asking += 1
        self._turn, self._began = self._turn + 1, began
        code = self._crowd.codes[(self._number * 31 + self._turn) % len(self._crowd.codes)]
        self._transport.write(b"GET /r/%b%b%d-%d\r\n\r\n" % (code, self._crowd.head, self._number, self._turn))

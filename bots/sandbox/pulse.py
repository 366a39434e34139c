"""A way to wait for the next change, and to ask again, without sleeping."""

from __future__ import annotations

import asyncio


class Pulse:
    """Each `beat` wakes everyone who is waiting for the next one; it needs no running loop until then."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def beat(self) -> None:
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self) -> None:
        await self._next.wait()

"""Waiting that ends at once when one is told to stop."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def stopped(stop: asyncio.Event, *, within: float) -> bool:
    """Wait that many seconds, or until `stop` is set; say whether it is."""
    try:
        await asyncio.wait_for(stop.wait(), within or 0.0001)
    except TimeoutError:
        return False
    return True


async def first_of(*events: asyncio.Event, seconds: float) -> None:
    """Wait until one of the events is set, or the time is over."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def unless(stop: asyncio.Event, work: Awaitable[T]) -> T | None:
    """What the work gives; or None if `stop` is set first, and the work is cancelled then."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)

"""Waiting for what somebody else does: the one place where tests let time pass."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

STEP = 0.02


async def until(condition: Callable[[], Any], timeout: float = 10.0) -> Any:  # noqa: ASYNC109 (it is the point)
    """Ask again and again until the condition holds, and answer what it gave. TimeoutError after so many seconds.

    The condition may be a coroutine function.
    """
    async with asyncio.timeout(timeout):
        while True:
            result = condition()
            if inspect.isawaitable(result):
                result = await result
            if result:
                return result
            await asyncio.sleep(STEP)

"""Announcements on their way out: each is counted with the mark that it was handed over, so the figures are exact."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from bots.exchange.kinds import After
from core import broadcasts
from core.outbox import Claimed

M = TypeVar("M")


def counted(bring: Callable[[M, Claimed], Awaitable[object]]) -> Callable[[M, Claimed], Awaitable[After]]:
    """Bring a row as `bring` does, and count it."""

    async def hand_over(means: M, row: Claimed) -> After:
        await bring(means, row)
        number, person = row.content["broadcast"], row.content["person"]
        return partial(broadcasts.brought, broadcast_id=number, person=person)

    return hand_over

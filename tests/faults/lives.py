"""A process lives and dies while people act; then the same thing runs here, in peace, until all is done."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from bots.cli.house import House
from bots.cli.settings import Settings
from core.clock import SystemClock
from core.database import Database
from tests.waiting import until

IN_FLIGHT = 20
"""So many calls the sender has under way at once; each of them a kill may leave unmarked, and then it is made again."""


class World(Protocol):
    """A stand-in's: what was asked of it."""

    @property
    def calls(self) -> Any: ...

    async def until(self, condition: Callable[[], Any], *, seconds: float = 5.0) -> Any: ...


class Acting(Protocol):
    """People who do something, one at a time."""

    random: Random

    @property
    def world(self) -> World: ...

    def act(self) -> None: ...


@dataclass(frozen=True)
class Later:
    """The time in a while: by then nobody has a claim left on what a killed process was about to send."""

    by: timedelta

    def now(self) -> datetime:
        return SystemClock().now() + self.by


async def act_meanwhile(
    crowd: Acting, *, calls: int, mischief: Callable[[], None] = lambda: None, patience: float = 0.3
) -> None:
    """Until the process has made so many calls; each time, somebody may do something, or there may be mischief.

    `patience`: the seconds after which it is taken to have nothing to do.
    """
    world, random = crowd.world, crowd.random
    for _ in range(calls):
        seen = len(world.calls)
        if random.random() < 0.5:
            crowd.act()
        if random.random() < 0.05:
            mischief()
        with suppress(TimeoutError):  # it has nothing to do, so somebody must do something first
            await world.until(lambda seen=seen: len(world.calls) > seen, seconds=patience)


async def go_on_in_peace(
    environment: dict[str, str],
    all_done: Callable[[Database], Awaitable[bool]],
    *,
    by: timedelta = timedelta(hours=1),
    seconds: float = 60,
) -> None:
    """Let the same thing run here, in a while's time, until all is done."""
    stop, given = asyncio.Event(), {name.removeprefix("SAYSO_").lower(): value for name, value in environment.items()}
    house = House(settings=Settings.model_validate(given), clock=Later(by))
    living, db = asyncio.create_task(house.live(stop)), Database(given["database_url"])
    try:
        with suppress(TimeoutError):  # what is missing then is said best by the comparison
            await until(lambda: living.done() or all_done(db), seconds)
    finally:
        stop.set()
        await living
        await db.close()

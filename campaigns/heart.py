"""The worker's heartbeat: APScheduler wakes it, the database says what is to be done.

A wake-up that comes late, twice or in several processes at once does no harm: every piece of work is claimed in the
database first. That is also why APScheduler's own job store is not used (failures.md, L9 to L11).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from campaigns.schedule import do_due
from core import consents, folds, inbox, intake, notices, outbox, persons
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError

_log = logging.getLogger(__name__)

SWEEP_EVERY = timedelta(seconds=1)
PURGE_EVERY = timedelta(hours=1)


async def beat(db: Database, clock: Clock, stop: asyncio.Event, *, after: Callable[[], None] = lambda: None) -> None:
    """Do what time demands until `stop` is set, then finish what is in hand; `after` is called when there was any."""

    async def work() -> None:
        done = await sweep(db, clock)
        while await do_due(db, clock):
            done += 1
        if done:
            after()
        await folds.catch_up(db)

    async def clean() -> None:
        async with db.begin() as tx:
            await inbox.purge(tx, now=clock.now())
            await outbox.purge(tx, now=clock.now())
            await notices.purge(tx, now=clock.now())
            await consents.purge(tx, now=clock.now())
            await persons.purge(tx, now=clock.now())

    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None})
    busy = asyncio.Lock()
    for job, every in ((work, SWEEP_EVERY), (clean, PURGE_EVERY)):
        scheduler.add_job(_one_at_a_time, "interval", args=[job, busy], seconds=every.total_seconds(), max_instances=1)
    scheduler.start()
    try:
        await stop.wait()
    finally:
        scheduler.shutdown(wait=False)
        async with busy:
            pass


async def sweep(db: Database, clock: Clock, *, at_once: int = 500) -> int:
    """Judge anew every referral that time may have changed; say how many there were."""
    total = 0
    while True:
        async with db.begin() as tx:
            looked = await intake.look_again(tx, now=clock.now(), limit=at_once)
        total += looked
        if looked < at_once:
            return total


async def _one_at_a_time(job: Callable[[], Awaitable[None]], busy: asyncio.Lock) -> None:
    async with busy:
        try:
            await job()
        except DatabaseUnavailableError as error:
            _log.warning("the worker waits: %s", error)
        except Exception:
            _log.exception("the worker goes on after an error")

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
from core import broadcasts, consents, folds, hooks, inbox, intake, notices, outbox, persons
from core.campaign.values import Platform
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError

_log = logging.getLogger(__name__)

SWEEP_EVERY = timedelta(seconds=1)
FEED_EVERY = timedelta(seconds=0.5)
PURGE_EVERY = timedelta(hours=1)


async def beat(db: Database, clock: Clock, stop: asyncio.Event, *, after: Callable[[], None] = lambda: None) -> None:
    """Do what time demands until `stop` is set, then finish what is in hand; `after` is called when there was any."""

    async def work() -> None:
        done = await sweep(db, clock) + await release(db, clock)
        while await do_due(db, clock):
            done += 1
        if done:
            after()
        await folds.catch_up(db)

    async def announce() -> None:
        if await feed(db, clock):
            after()

    async def clean() -> None:
        async with db.begin() as tx:
            await broadcasts.purge(tx, now=clock.now())
            await inbox.purge(tx, now=clock.now())
            await outbox.purge(tx, now=clock.now())
            await notices.purge(tx, now=clock.now())
            await consents.purge(tx, now=clock.now())
            await persons.purge(tx, now=clock.now())
            await hooks.purge(tx, now=clock.now())

    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None})
    busy, feeding = asyncio.Lock(), asyncio.Lock()  # announcements keep their pace, however long a sweep takes
    for job, every, lock in ((work, SWEEP_EVERY, busy), (clean, PURGE_EVERY, busy), (announce, FEED_EVERY, feeding)):
        scheduler.add_job(_one_at_a_time, "interval", args=[job, lock], seconds=every.total_seconds(), max_instances=1)
    scheduler.start()
    try:
        await stop.wait()
    finally:
        scheduler.shutdown(wait=False)
        async with busy, feeding:
            pass


async def feed(db: Database, clock: Clock) -> int:
    """Put the next portions of announcements into the outbox; say for how many people. Any number of processes may."""
    async with db.read() as tx:
        if not await broadcasts.is_busy(tx):
            return 0
    fed = 0
    for platform in Platform:
        async with db.begin() as tx:
            fed += await broadcasts.feed(tx, platform, now=clock.now())
    async with db.begin() as tx:
        await broadcasts.settle(tx, now=clock.now())
    return fed


async def sweep(db: Database, clock: Clock, *, at_once: int = 500) -> int:
    """Judge anew every referral that time may have changed; say how many there were."""
    total = 0
    while True:
        async with db.begin() as tx:
            looked = await intake.look_again(tx, now=clock.now(), limit=at_once)
        total += looked
        if looked < at_once:
            return total


async def release(db: Database, clock: Clock) -> int:
    """Give what was held and need not be any more; say how much that was. Any number of processes may."""
    async with db.read() as tx:
        campaigns = await intake.releasable(tx)
    total = 0
    for campaign_id in campaigns:
        released = 1
        while released:
            async with db.begin() as tx:
                released = await intake.release(tx, campaign_id, now=clock.now())
            total += released
    return total


async def _one_at_a_time(job: Callable[[], Awaitable[None]], busy: asyncio.Lock) -> None:
    async with busy:
        try:
            await job()
        except DatabaseUnavailableError as error:
            _log.warning("the worker waits: %s", error)
        except Exception:
            _log.exception("the worker goes on after an error")

"""`kill -9` of the web at random moments while people click: every click that was answered is in the journal."""

import asyncio
from pathlib import Path
from random import Random, randrange

import pytest

from core.database import Database
from tests.depth import times
from tests.faults.clicks import Kept, Visitors, as_kept, links_in, not_recorded, settings
from tests.faults.nursery import Nursery
from tests.waiting import until

KILLS = times(10)
"""On each database."""

CONNECTIONS = 32


@pytest.mark.parametrize("db_url", ["sqlite", "postgres"], indirect=True)
async def test_every_click_that_was_answered_is_kept_however_often_the_web_is_killed(
    db_url: str, folder: Path, sayso: Nursery
) -> None:
    seed = randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    random, environment = Random(seed), settings(db_url)
    async with links_in(db_url) as codes:
        visitors = Visitors(environment["SAYSO_LISTEN"], codes)
        for _ in range(KILLS):
            coming = await _crowd(sayso, visitors, environment, more=random.randint(1, 400))
            await asyncio.sleep(random.uniform(0, 0.01))  # anywhere between two commits
            assert await sayso.kill() == -9, sayso.log.read_text()
            await coming
        await _compare(db_url, visitors, sayso.log, ends=KILLS)


@pytest.mark.parametrize("stops", [3])
async def test_every_click_that_was_answered_is_kept_when_the_web_is_told_to_stop(
    db_url: str, stops: int, folder: Path, sayso: Nursery
) -> None:
    environment = settings(db_url)
    async with links_in(db_url) as codes:
        visitors = Visitors(environment["SAYSO_LISTEN"], codes)
        for _ in range(stops):
            coming = await _crowd(sayso, visitors, environment, more=200)
            assert await sayso.stop() == 0, sayso.log.read_text()
            await coming
        await _compare(db_url, visitors, sayso.log, ends=stops)


async def _crowd(sayso: Nursery, visitors: Visitors, environment: dict[str, str], *, more: int) -> "asyncio.Task[None]":
    """Start the web, and a crowd that clicks; return when so many more have been sent on."""
    before = len(visitors.sent_on)
    await sayso.start("run", "--only", "web", **environment)
    await visitors.listened_to()
    coming = asyncio.create_task(visitors.come(CONNECTIONS))
    await until(lambda: len(visitors.sent_on) >= before + more, 30.0)
    return coming


async def _compare(url: str, visitors: Visitors, log: Path, *, ends: int) -> None:
    db = Database(url)
    kept, lost = await Kept.of(db), not_recorded(log)
    sent_on, asked = await as_kept(db, visitors.sent_on), await as_kept(db, visitors.asked)
    await db.close()
    missing = sent_on - kept.clicks.keys()
    extra = len(kept.clicks) - len(sent_on)
    print(f"{ends} ends, {len(sent_on)} sent on, {len(missing)} missing, {lost} said lost, {extra} kept unanswered")
    assert visitors.others.keys() <= {503}
    assert len(missing) <= lost
    assert not missing or lost
    assert kept.clicks.keys() <= asked
    assert set(kept.clicks.values()) == {1}
    assert 0 <= extra + len(missing) <= ends * CONNECTIONS
    assert kept.problems == []

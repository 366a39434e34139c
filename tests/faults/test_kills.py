"""`kill -9` at random moments while updates flow: what was acknowledged has its effect, once.

The process is `sayso run`; the crowd remembers what it did, and in the end the figures must say the same. A test that
fails names its seed; SAYSO_TEST_DEPTH=10 kills more often.
"""

import asyncio
from pathlib import Path
from random import Random, randrange

import pytest

from bots.sandbox.telegram import TelegramServer
from core.database import Database
from tests.depth import times
from tests.end_to_end.stage import Stage, settings
from tests.faults import figures
from tests.faults.crowd import Crowd
from tests.faults.lives import IN_FLIGHT, act_meanwhile, go_on_in_peace
from tests.faults.nursery import Nursery

KILLS = times(6)
STOPS = 3


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_whatever_a_kill_interrupts_happens_once(
    db_url: str, mode: str, folder: Path, server: TelegramServer, stage: Stage, sayso: Nursery
) -> None:
    seed = randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    random = Random(seed)
    crowd, environment = Crowd(stage, random), settings(db_url, server, stage.bot, mode=mode)
    file = stage.file(folder, stay="1 second", chats=[stage.salon])
    await sayso.start("run", str(file), **environment)
    await crowd.ask_for_links()
    await sayso.kill()
    for _ in range(KILLS):
        await _live_and_die(sayso, crowd, environment)
    stage.bot.updates.copies = 1
    await go_on_in_peace(environment, lambda db: figures.all_done(db, crowd))
    db = Database(db_url)
    await figures.compare(db, crowd)
    await db.close()
    twice = figures.answered_twice(crowd)
    print(f"{KILLS + 1} kills, {crowd.acts} acts, {len(crowd.came)} friends, {twice} answers came twice")
    assert twice <= (KILLS + 1) * IN_FLIGHT


async def test_told_to_stop_under_load_it_loses_nothing_and_tells_nothing_twice(
    db_url: str, folder: Path, server: TelegramServer, stage: Stage, sayso: Nursery
) -> None:
    seed = randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    crowd, environment = Crowd(stage, Random(seed)), settings(db_url, server, stage.bot)
    await sayso.start("run", str(stage.file(folder, stay="1 second", chats=[stage.salon])), **environment)
    await crowd.ask_for_links()
    assert await sayso.stop() == 0
    for _ in range(STOPS):
        polls = len(stage.world.calls_of("getUpdates"))
        await sayso.start("run", **environment)
        await stage.world.until(lambda seen=polls: len(stage.world.calls_of("getUpdates")) > seen, seconds=20)
        calls = crowd.random.randint(1, 30)
        await act_meanwhile(crowd, calls=calls, mischief=lambda: stage.bot.updates.replay(3))
        assert await sayso.stop() == 0, sayso.log.read_text()
    await go_on_in_peace(environment, lambda db: figures.all_done(db, crowd))
    db = Database(db_url)
    await figures.compare(db, crowd)
    await db.close()
    assert figures.answered_twice(crowd) == 0


async def _live_and_die(sayso: Nursery, crowd: Crowd, environment: dict[str, str]) -> None:
    """Start, and kill after a random number of calls, and then some; people act before and in between."""
    stage, random = crowd.stage, crowd.random
    stage.bot.updates.copies = random.choice((1, 1, 2))
    for _ in range(random.randint(0, 5)):
        crowd.act()
    await sayso.start("run", **environment)
    await act_meanwhile(crowd, calls=random.randint(1, 40), mischief=lambda: stage.bot.updates.replay(3))
    await asyncio.sleep(random.uniform(0, 0.05))  # anywhere between two calls
    assert await sayso.kill() == -9, sayso.log.read_text()

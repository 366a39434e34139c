"""`kill -9` at random moments while updates flow: what was acknowledged has its effect, once.

The process is `sayso run`; the crowd remembers what it did, and in the end the figures must say the same. A test that
fails names its seed.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random, randrange

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bots.cli.house import House
from bots.cli.settings import Settings
from bots.cli.status import statuses
from bots.sandbox.telegram import TelegramServer
from core import referrals
from core.audit import audit
from core.campaign.values import Account, Platform
from core.clock import SystemClock
from core.database import Database, rows_of, table_of
from core.inbox.table import InboxRow
from core.journal.table import FactRow
from core.members import by_account
from tests.end_to_end.stage import SLUG, Stage, settings
from tests.faults.crowd import Crowd
from tests.faults.nursery import Nursery
from tests.waiting import until

IN_FLIGHT = 20
"""So many calls the sender has under way at once; each of them a kill may leave unmarked, and then it is made again."""


@dataclass(frozen=True)
class Later:
    """The time in an hour: by then nobody has a claim left on what a killed process was about to send."""

    by: timedelta = timedelta(hours=1)

    def now(self) -> datetime:
        return SystemClock().now() + self.by


@pytest.mark.parametrize(
    ("db_url", "mode", "kills"),
    [("sqlite", "polling", 24), ("sqlite", "webhook", 8), ("postgres", "polling", 16), ("postgres", "webhook", 8)],
    indirect=["db_url"],
)
async def test_whatever_a_kill_interrupts_happens_once(
    db_url: str, mode: str, kills: int, folder: Path, server: TelegramServer, stage: Stage, sayso: Nursery
) -> None:
    seed = randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    random = Random(seed)
    crowd, environment = Crowd(stage, random), settings(db_url, server, stage.bot, mode=mode)
    file = stage.file(folder, stay="1 second", chats=[stage.salon])
    await sayso.start("run", str(file), **environment)
    await crowd.ask_for_links()
    await sayso.kill()
    for _ in range(kills):
        await _live_and_die(sayso, crowd, environment)
    stage.bot.updates.copies = 1
    await _go_on_in_peace(crowd, environment)
    await _compare(Database(db_url), crowd, kills + 1)


async def _live_and_die(sayso: Nursery, crowd: Crowd, environment: dict[str, str]) -> None:
    """Start, and kill after a random number of calls, and then some; people act before and in between."""
    stage, random = crowd.stage, crowd.random
    stage.bot.updates.copies = random.choice((1, 1, 2))
    for _ in range(random.randint(0, 5)):
        crowd.act()
    await sayso.start("run", **environment)
    for _ in range(random.randint(1, 40)):
        calls = len(stage.world.calls)
        await stage.world.until(lambda seen=calls: len(stage.world.calls) > seen, seconds=20)
        if random.random() < 0.5:
            crowd.act()
        if random.random() < 0.05:
            stage.bot.updates.replay(3)
    await asyncio.sleep(random.uniform(0, 0.05))  # anywhere between two calls
    assert await sayso.kill() == -9, sayso.log.read_text()


async def _go_on_in_peace(crowd: Crowd, environment: dict[str, str]) -> None:
    """Let the same thing run here, in an hour's time, until all is done."""
    stop, given = asyncio.Event(), {name.removeprefix("SAYSO_").lower(): value for name, value in environment.items()}
    given["database_url"] = url = given["database_url"]
    house = House(settings=Settings.model_validate(given), clock=Later())
    living, db = asyncio.create_task(house.live(stop)), Database(url)
    try:
        await until(lambda: living.done() or _is_done(db, crowd), 60)
    finally:
        stop.set()
        await living
        await db.close()


async def _is_done(db: Database, crowd: Crowd) -> bool:
    if crowd.stage.bot.updates:
        return False
    [found] = await statuses(db, SLUG)
    waits = found.inbox.waiting + found.outbox.waiting + found.outbox.sending
    settled = (found.referrals.rewarded, found.referrals.rejected) == (len(crowd.stayed), len(crowd.left))
    return waits == 0 and settled


async def _compare(db: Database, crowd: Crowd, kills: int) -> None:
    try:
        [found] = await statuses(db, SLUG)
        assert (found.advocates, found.links) == (len(crowd.advocates), len(crowd.advocates))
        came = len(crowd.stayed) + len(crowd.left)
        assert (found.starts, found.joins, found.leaves) == (crowd.starts, came, len(crowd.left))
        assert (found.inbox.failed, found.outbox.failed) == (0, 0)
        async with db.read() as tx:
            assert await audit(tx) == []
        assert await _standings(db) == _expected(crowd)
        await _assert_each_update_once(db)
        _assert_answers(crowd, kills)
    finally:
        await db.close()


def _expected(crowd: Crowd) -> dict[int, tuple[int, str]]:
    """Each friend's advocate and standing, by their numbers on Telegram."""
    stands = dict.fromkeys(crowd.undecided, "pending") | dict.fromkeys(crowd.stayed, "rewarded")
    stands |= dict.fromkeys(crowd.left, "rejected")
    return {friend.id: (advocate.id, stands[friend]) for friend, advocate in crowd.came.items()}


async def _standings(db: Database) -> dict[int, tuple[int, str]]:
    from core.members.table import AccountRow

    async with db.read() as tx:
        accounts = {row.member_id: row.id for row in await rows_of(tx, select(table_of(AccountRow)))}
        found = await referrals.of_friends(tx, accounts)
    return {accounts[friend]: (accounts[each.advocate_id], each.status.value) for (_, friend), each in found.items()}


async def _assert_each_update_once(db: Database) -> None:
    """The stand-in counts without a gap, so that one that is missing shows."""
    table, journal = table_of(InboxRow), table_of(FactRow)
    async with db.read() as tx:
        rows = await rows_of(tx, select(table.c.key, table.c.state))
        facts = Counter(row.key for row in await rows_of(tx, select(journal.c.key)))
    keys = sorted(int(row.key) for row in rows)
    assert keys == list(range(keys[0], keys[0] + len(keys)))
    assert {row.state for row in rows} == {"handled"}
    assert max(facts.values()) == 1


def _assert_answers(crowd: Crowd, kills: int) -> None:
    """Nobody waits for an answer, and none comes twice that was not under way when the process died."""
    got = {person: len(crowd.answers(person)) for person in crowd.questions}
    missing = {person: asked - got[person] for person, asked in crowd.questions.items() if asked > got[person]}
    assert missing == {}
    twice = sum(got[person] - asked for person, asked in crowd.questions.items())
    print(f"{kills} kills, {crowd.acts} acts, {len(crowd.came)} friends, {twice} answers came twice")
    assert twice <= kills * IN_FLIGHT


def test_the_time_in_an_hour_is_later():
    assert Later().now() > SystemClock().now()
    assert Account(platform=Platform.TELEGRAM, id=1) == Account(platform=Platform.TELEGRAM, id=1)
    assert SecretStr and by_account

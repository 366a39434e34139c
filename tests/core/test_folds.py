import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from core import folds, journal
from core.database import Database
from core.journal import Fact, Kind
from tests.waiting import until

AT = datetime(2026, 12, 1, tzinfo=UTC)


def line(name):
    return Fact(key=name, kind=Kind.CLICK, at=AT, campaign_id=1, data={"channel": "email"})


async def write(db, *names):
    async with db.begin() as tx:
        await journal.append(tx, [line(name) for name in names], now=AT)


class Taking:
    def __init__(self, *, fails_at=None):
        self.taken, self._fails_at = [], fails_at

    async def fold(self, tx, facts):
        names = [fact.key for fact in facts]
        if self._fails_at in names:
            raise RuntimeError("a kill, as it were")
        self.taken += names


async def test_a_fold_is_given_every_fact_once_and_in_order(db):
    taking = Taking()
    await write(db, "a", "b", "c")
    assert await folds.catch_up(db, {"taking": taking.fold}, at_once=2) == 3
    await write(db, "d")
    assert await folds.catch_up(db, {"taking": taking.fold}, at_once=2) == 1
    assert await folds.catch_up(db, {"taking": taking.fold}) == 0
    assert taking.taken == ["a", "b", "c", "d"]


async def test_facts_reach_the_fold_whole(db):
    seen = []

    async def fold(tx, facts):
        seen.extend(facts)

    await write(db, "a")
    await folds.catch_up(db, {"seeing": fold})
    assert seen == [line("a")]


async def test_what_was_not_committed_is_folded_again(db):
    await write(db, "a", "b", "c")
    with pytest.raises(RuntimeError):
        await folds.catch_up(db, {"taking": Taking(fails_at="c").fold}, at_once=2)
    after = Taking()
    await folds.catch_up(db, {"taking": after.fold}, at_once=2)
    assert after.taken == ["c"]


async def test_a_new_fold_reads_the_journal_from_its_first_line(db):
    old, new = Taking(), Taking()
    await write(db, "a")
    await folds.catch_up(db, {"old": old.fold})
    await write(db, "b")
    await folds.catch_up(db, {"old": old.fold, "new": new.fold})
    assert (old.taken, new.taken) == (["a", "b"], ["a", "b"])


async def test_a_smaller_id_that_commits_later_is_not_passed_over(postgres_url):
    """Two connections, as two processes have them: ids are handed out before anything is committed."""
    db, slow, taking = Database(postgres_url), Database(postgres_url), Taking()
    drawn, go_on = asyncio.Event(), asyncio.Event()

    async def write_slowly():
        async with slow.begin() as tx:
            await journal.append(tx, [line("first")], now=AT)
            drawn.set()
            await go_on.wait()

    async def waits():
        async with db.read() as tx:
            waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            return folding.done() or (await tx.execute(waiting)).scalar_one()

    writing = asyncio.create_task(write_slowly())
    await drawn.wait()
    await write(db, "second")
    folding = asyncio.create_task(folds.catch_up(db, {"taking": taking.fold}))
    await until(waits)
    go_on.set()
    await asyncio.gather(writing, folding)
    assert taking.taken == ["first", "second"]
    await db.close()
    await slow.close()


async def test_two_processes_fold_each_fact_once(db, db_url):
    other, taking = Database(db_url), Taking()
    await write(db, *(f"{n:03}" for n in range(100)))
    both = (folds.catch_up(each, {"taking": taking.fold}, at_once=7) for each in (db, other))
    await asyncio.gather(*both)
    await folds.catch_up(db, {"taking": taking.fold})
    assert sorted(taking.taken) == [f"{n:03}" for n in range(100)]
    await other.close()

"""How many there are at each number; ranks from it are those that counting the members would give."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from core import histograms
from core.database import rows_of, table_of
from core.histograms.table import CountRow
from tests.core.plans import plan_of
from tests.depth import times

number = st.one_of(st.integers(-40, 100), st.integers(-(2**40), 2**40))
SOME = settings(deadline=None, suppress_health_check=list(HealthCheck))


async def add(db, changes, name="size"):
    async with db.begin() as tx:
        await histograms.add(tx, {(1, name, at): n for at, n in changes.items()})


async def kept(db):
    async with db.read() as tx:
        return await rows_of(tx, select(table_of(CountRow)))


async def test_what_is_taken_off_again_leaves_nothing(db):
    await add(db, {5: 2, 40: 1, 5000: 1})
    await add(db, {5: -2, 40: -1, 5000: -1})
    assert await kept(db) == []


async def test_one_moves_within_a_batch_of_others(db):
    await add(db, {1: 3, 33: 1})
    await add(db, {1: -1, 2: 1, 33: 0})
    async with db.read() as tx:
        assert await histograms.shape(tx, 1, "size") == {1: 2, 2: 1, 33: 1}
        assert await histograms.greatest(tx, 1, "size") == 33
        assert await histograms.greatest(tx, 1, "other") is None
        assert await histograms.greatest(tx, 2, "size") is None


async def check_ranks(db, before, after, asked):
    async with db.begin() as tx:
        await tx.execute(delete(table_of(CountRow)))
    await add(db, Counter(before))
    change = Counter(after)
    change.subtract(before)
    await add(db, change)
    await add(db, {7: 4}, name="another")
    async with db.read() as tx:
        for at in (*asked, *after):
            assert await histograms.above(tx, 1, "size", at) == sum(each > at for each in after)


numbers = st.lists(number, max_size=30)


@given(numbers, numbers, numbers)
@settings(SOME, max_examples=times(60))
async def test_on_sqlite_above_is_what_counting_would_give(sqlite_db, before, after, asked):
    await check_ranks(sqlite_db, before, after, asked)


@given(numbers, numbers, numbers)
@settings(SOME, max_examples=times(15))
async def test_on_postgres_too(postgres_db, before, after, asked):
    await check_ranks(postgres_db, before, after, asked)


async def test_a_rank_reads_a_few_rows_of_the_key(db):
    async with db.begin() as tx:
        plan = await plan_of(tx, histograms.above(tx, 1, "size", 5))
    assert "SCAN histogram" not in plan
    assert "Seq Scan" not in plan
    assert plan.count("histogram") >= histograms.LEVELS

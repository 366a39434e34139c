import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core import inbox
from core.database import DatabaseUnavailableError, rows_of, table_of
from core.inbox.table import InboxRow
from tests.core.plans import plan_of

ROWS = table_of(InboxRow)


async def store(db, clock, *keys, source="telegram"):
    async with db.begin() as tx:
        await inbox.store(tx, source, [(key, f"<{key}>".encode()) for key in keys], now=clock.now())


async def take(db, clock, *, source="telegram", limit=200):
    async with db.begin() as tx:
        return await inbox.take(tx, source, now=clock.now(), limit=limit)


async def handle(db, clock):
    async with db.begin() as tx:
        taken = await inbox.take(tx, "telegram", now=clock.now(), limit=200)
        await inbox.handled(tx, [each.id for each in taken])
    return keys(taken)


async def set_aside(db, clock, waiting, error="no such chat"):
    async with db.begin() as tx:
        await inbox.set_aside(tx, waiting, error, now=clock.now())


async def fail(db, clock, *failing):
    """Store these and try each until it is given up. The clock stands 7 h 11 min 10 s later then."""
    await store(db, clock, *failing)
    for pause in (*inbox.PAUSES, timedelta()):
        for waiting in await take(db, clock):
            await set_aside(db, clock, waiting)
        clock.advance(seconds=pause.total_seconds())


async def purge(db, clock):
    async with db.begin() as tx:
        await inbox.purge(tx, now=clock.now())


async def rows(db):
    async with db.read() as tx:
        return await rows_of(tx, select(ROWS).order_by(ROWS.c.id))


async def failures(db, limit=10):
    async with db.read() as tx:
        return await inbox.failures(tx, limit=limit)


def keys(waiting):
    return [each.key for each in waiting]


async def test_what_came_first_is_taken_first_with_its_content(db, clock):
    await store(db, clock, "3", "1", "2")
    taken = await take(db, clock)
    assert keys(taken) == ["3", "1", "2"]
    assert [each.content for each in taken] == [b"<3>", b"<1>", b"<2>"]
    assert [each.attempts for each in taken] == [0, 0, 0]
    assert taken == await take(db, clock)  # taking alone changes nothing


async def test_no_more_are_taken_than_asked_for(db, clock):
    await store(db, clock, *map(str, range(10)))
    assert keys(await take(db, clock, limit=3)) == ["0", "1", "2"]


async def test_storing_nothing_and_handling_nothing_is_nothing(db, clock):
    await store(db, clock)
    assert await handle(db, clock) == []
    assert await rows(db) == []


async def test_a_repeat_does_nothing_while_it_waits(db, clock):
    await store(db, clock, "1", "2", "1")
    clock.advance(minutes=1)
    async with db.begin() as tx:
        await inbox.store(tx, "telegram", [("1", b"other"), ("3", b"new")], now=clock.now())
    assert [(row.key, row.content) for row in await rows(db)] == [("1", b"<1>"), ("2", b"<2>"), ("3", b"new")]


async def test_a_repeat_does_nothing_after_it_was_handled(db, clock):
    await store(db, clock, "1")
    assert await handle(db, clock) == ["1"]
    await store(db, clock, "1")
    assert await handle(db, clock) == []


async def test_a_repeat_does_nothing_after_it_failed(db, clock):
    await fail(db, clock, "1")
    await store(db, clock, "1")
    assert await take(db, clock) == []


async def test_the_same_key_from_another_source_is_another_update(db, clock):
    await store(db, clock, "1")
    await store(db, clock, "1", source="discord")
    assert len(await take(db, clock)) == len(await take(db, clock, source="discord")) == 1


async def test_a_hundred_parallel_repeats_are_one_update(db, clock):
    await asyncio.gather(*(store(db, clock, "1", "2") for _ in range(100)))
    assert [row.key for row in await rows(db)] == ["1", "2"]


async def test_the_content_is_gone_as_soon_as_it_is_handled(db, clock):
    await store(db, clock, "1", "2")
    [first, _] = await take(db, clock)
    await set_aside(db, clock, first)
    clock.advance(seconds=10)
    assert await handle(db, clock) == ["1", "2"]
    assert [(row.state, row.content, row.error) for row in await rows(db)] == [("handled", None, None)] * 2


async def test_what_was_being_handled_when_it_broke_still_waits(db, clock):
    await store(db, clock, "1")

    async def handle_and_break():
        async with db.begin() as tx:
            [taken] = await inbox.take(tx, "telegram", now=clock.now(), limit=1)
            await inbox.handled(tx, [taken.id])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await handle_and_break()
    assert keys(await take(db, clock)) == ["1"]


async def test_what_cannot_be_handled_blocks_no_other(db, clock):
    await store(db, clock, "bad", "good")
    [bad] = await take(db, clock, limit=1)
    await set_aside(db, clock, bad)
    assert keys(await take(db, clock, limit=1)) == ["good"]


async def test_it_is_tried_again_after_longer_and_longer_pauses_and_then_no_more(db, clock):
    await store(db, clock, "bad")
    for attempts, pause in enumerate(inbox.PAUSES):
        [bad] = await take(db, clock)
        assert bad.attempts == attempts
        await set_aside(db, clock, bad)
        clock.advance(seconds=pause.total_seconds(), microseconds=-1)
        assert await take(db, clock) == []
        clock.advance(microseconds=1)
    [bad] = await take(db, clock)
    await set_aside(db, clock, bad, "still no such chat")
    clock.advance(days=1)
    assert await take(db, clock) == []
    [failure] = await failures(db)
    assert (failure.key, failure.attempts, failure.error, failure.kept) == ("bad", 6, "still no such chat", True)


@given(attempts=st.integers(1, 30), since=st.timedeltas(timedelta(), timedelta(days=99_999)))
def test_pauses_only_grow_and_end(attempts, since):
    now = datetime(2026, 1, 1, tzinfo=UTC) + since
    this, following = inbox.next_try(attempts, now), inbox.next_try(attempts + 1, now)
    if this is None:
        assert following is None
        assert attempts > len(inbox.PAUSES)
    else:
        assert this > now
        assert following is None or following > this


async def test_setting_aside_what_another_process_has_handled_does_nothing(db, clock):
    await store(db, clock, "1")
    [mine] = await take(db, clock)
    assert await handle(db, clock) == ["1"]
    await set_aside(db, clock, mine)
    assert [row.state for row in await rows(db)] == ["handled"]


async def test_setting_aside_twice_counts_once(db, clock):
    await store(db, clock, "1")
    [mine] = await take(db, clock)
    await set_aside(db, clock, mine)
    await set_aside(db, clock, mine)
    assert [row.attempts for row in await rows(db)] == [1]


@pytest.mark.parametrize("error", ["x" * 10_000, "nul \0 in it", "half \ud83d of a pair", ""])
async def test_any_error_can_be_noted(db, clock, error):
    await store(db, clock, "1")
    [mine] = await take(db, clock)
    await set_aside(db, clock, mine, error)
    [row] = await rows(db)
    assert row.attempts == 1
    assert len(row.error) <= 500


async def test_failures_are_shown_newest_first_without_content(db, clock):
    await fail(db, clock, "1")
    await fail(db, clock, "2", "3")
    assert [failure.key for failure in await failures(db)] == ["3", "2", "1"]
    assert [failure.key for failure in await failures(db, limit=1)] == ["3"]
    assert not hasattr((await failures(db))[0], "content")


async def test_counts_say_what_waits_and_what_failed(db, clock):
    async with db.read() as tx:
        assert await inbox.counts(tx) == {"waiting": 0, "failed": 0}
    await store(db, clock, "0")
    await handle(db, clock)
    await fail(db, clock, "1")
    await store(db, clock, "2", "3")
    async with db.read() as tx:
        assert await inbox.counts(tx) == {"waiting": 2, "failed": 1}


async def test_a_handled_update_is_known_for_two_days(db, clock):
    await store(db, clock, "1")
    await handle(db, clock)
    clock.advance(days=2, microseconds=-1)
    await purge(db, clock)
    assert len(await rows(db)) == 1
    clock.advance(microseconds=1)
    await purge(db, clock)
    assert await rows(db) == []


async def test_a_failure_loses_its_content_after_a_week(db, clock):
    received = clock.now()
    await fail(db, clock, "1")
    clock.advance(seconds=(received + timedelta(days=7) - clock.now()).total_seconds(), microseconds=-1)
    await purge(db, clock)
    assert [failure.kept for failure in await failures(db)] == [True]
    clock.advance(microseconds=1)
    await purge(db, clock)
    assert [failure.kept for failure in await failures(db)] == [False]


async def test_a_failure_is_forgotten_after_a_month(db, clock):
    await fail(db, clock, "1")
    clock.advance(days=30)
    await purge(db, clock)
    assert await rows(db) == []


async def test_what_waits_is_never_purged(db, clock):
    await store(db, clock, "1")
    clock.advance(days=400)
    await purge(db, clock)
    assert [each.content for each in await take(db, clock)] == [b"<1>"]


async def test_a_number_is_never_used_again(db, clock):
    await store(db, clock, "1")
    [before] = await rows(db)
    await handle(db, clock)
    clock.advance(days=3)
    await purge(db, clock)
    await store(db, clock, "2")
    [after] = await rows(db)
    assert after.id > before.id


async def test_two_takers_never_get_the_same_update(postgres_db, clock):
    await store(postgres_db, clock, *map(str, range(10)))
    async with postgres_db.begin() as one, postgres_db.begin() as other:
        first = await inbox.take(one, "telegram", now=clock.now(), limit=4)
        second = await inbox.take(other, "telegram", now=clock.now(), limit=4)
    assert keys(first) == ["0", "1", "2", "3"]
    assert keys(second) == ["4", "5", "6", "7"]


async def test_many_workers_handle_each_update_once(db, clock):
    await store(db, clock, *map(str, range(200)))
    seen = []

    async def work():
        while True:
            async with db.begin() as tx:
                taken = await inbox.take(tx, "telegram", now=clock.now(), limit=7)
                await asyncio.sleep(0)
                await inbox.handled(tx, [each.id for each in taken])
            if not taken:
                return
            seen.extend(keys(taken))

    await asyncio.gather(*(work() for _ in range(6)))
    async with db.read() as tx:
        assert (await inbox.counts(tx))["waiting"] == 0
    assert sorted(seen, key=int) == [str(n) for n in range(200)]


async def test_a_worker_that_dies_gives_back_what_it_took(postgres_db, clock):
    await store(postgres_db, clock, "1")

    async def take_and_die():
        async with postgres_db.begin() as tx:
            await inbox.take(tx, "telegram", now=clock.now(), limit=1)
            await tx.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseUnavailableError):
        await take_and_die()
    assert keys(await take(postgres_db, clock)) == ["1"]


async def test_taking_reads_the_index_of_what_waits(db, clock):
    async with db.begin() as tx:
        plan = await plan_of(tx, inbox.take(tx, "telegram", now=clock.now(), limit=200))
    assert "inbox_waiting" in plan
    assert "sort" not in plan.lower()
    assert "temp b-tree" not in plan.lower()


async def test_two_hundred_updates_take_few_statements(db, clock, statements):
    await store(db, clock, *map(str, range(200)))
    async with statements(db) as sent:
        assert len(await handle(db, clock)) == 200
    assert len(sent) == 2

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import outbox
from core.database import rows_of, table_of
from core.outbox import Outgoing
from core.outbox.table import OutboxRow
from tests.core.plans import plan_of

ROWS = table_of(OutboxRow)
LEASE = timedelta(minutes=2)


def an_item(clock, key="thanks:1", **changes):
    item = {"door": "telegram", "address": 2**52 + 1, "kind": "thanks", "content": {"name": "Ana"}}
    return Outgoing(**{"key": key, "due_at": clock.now(), **item, **changes})


async def put(db, *items):
    async with db.begin() as tx:
        await outbox.put(tx, items)


async def claim(db, clock, *, door="telegram", limit=10, lease=LEASE):
    async with db.begin() as tx:
        return await outbox.claim(tx, door, now=clock.now(), limit=limit, lease=lease)


async def say(db, outcome, claimed, *args, **kwargs):
    async with db.begin() as tx:
        return await outcome(tx, claimed, *args, **kwargs)


async def rows(db):
    async with db.read() as tx:
        return await rows_of(tx, select(ROWS).order_by(ROWS.c.id))


async def next_due(db, door="telegram"):
    async with db.read() as tx:
        return await outbox.next_due(tx, door)


def keys(found):
    return [each.key for each in found]


async def test_what_is_put_is_claimed_whole(db, clock):
    await put(db, an_item(clock, grant_cause="grant:1"))
    [claimed] = await claim(db, clock)
    assert (claimed.key, claimed.address, claimed.kind) == ("thanks:1", 2**52 + 1, "thanks")
    assert (claimed.content, claimed.attempts, claimed.grant_cause) == ({"name": "Ana"}, 1, "grant:1")


async def test_what_was_handed_over_is_gone(db, clock):
    await put(db, an_item(clock), an_item(clock, "thanks:2"))
    [first, _] = await claim(db, clock)
    assert await say(db, outbox.done, first)
    assert keys(await rows(db)) == ["thanks:2"]


async def test_putting_nothing_and_claiming_nothing_is_nothing(db, clock):
    await put(db)
    assert await claim(db, clock) == []


async def test_a_change_that_is_undone_sends_nothing(db, clock):
    async def change_and_break():
        async with db.begin() as tx:
            await outbox.put(tx, [an_item(clock)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_and_break()
    assert await claim(db, clock) == []


@pytest.mark.parametrize("state", ["waiting", "sending", "failed"])
async def test_a_key_that_is_there_is_left_as_it_is(db, clock, state):
    await put(db, an_item(clock), an_item(clock, content={"name": "in the same breath"}))
    if state != "waiting":
        [claimed] = await claim(db, clock)
    if state == "failed":
        await say(db, outbox.failed, claimed, "blocked")
    before = await rows(db)
    await put(db, an_item(clock, content={"name": "Ben"}), an_item(clock, "thanks:2"))
    assert keys(await rows(db)) == ["thanks:1", "thanks:2"]
    assert (await rows(db))[:1] == before


async def test_the_oldest_due_goes_first_and_nothing_before_its_time(db, clock):
    now = clock.now()
    await put(
        db,
        an_item(clock, "later", due_at=now + timedelta(seconds=1)),
        an_item(clock, "second"),
        an_item(clock, "first", due_at=now - timedelta(hours=1)),
        an_item(clock, "third"),
    )
    assert keys(await claim(db, clock, limit=2)) == ["first", "second"]
    assert keys(await claim(db, clock)) == ["third"]
    clock.advance(seconds=1)
    assert keys(await claim(db, clock)) == ["later"]


async def test_each_door_has_its_own(db, clock):
    await put(db, an_item(clock), an_item(clock, "other", door="discord"))
    assert keys(await claim(db, clock, door="discord")) == ["other"]
    assert keys(await claim(db, clock)) == ["thanks:1"]


async def test_what_is_being_sent_is_nobody_elses_until_the_claim_is_over(db, clock):
    await put(db, an_item(clock))
    await claim(db, clock)
    clock.advance(minutes=2, microseconds=-1)
    assert await claim(db, clock) == []
    clock.advance(microseconds=1)
    [again] = await claim(db, clock)
    assert again.attempts == 2  # it is not known whether the first one sent it


async def test_a_claim_that_was_lost_says_nothing(db, clock):
    await put(db, an_item(clock))
    [late] = await claim(db, clock)
    clock.advance(minutes=2)
    [mine] = await claim(db, clock)
    before = await rows(db)
    assert not await say(db, outbox.done, late)
    assert not await say(db, outbox.failed, late, "blocked")
    assert not await say(db, outbox.later, late, due_at=clock.now())
    assert await rows(db) == before
    assert await say(db, outbox.done, mine)


async def test_a_claim_is_heard_once(db, clock):
    await put(db, an_item(clock))
    [claimed] = await claim(db, clock)
    assert await say(db, outbox.done, claimed)
    assert not await say(db, outbox.done, claimed)


async def test_a_claim_given_back_is_not_heard_again_when_another_one_has_it(db, clock):
    await put(db, an_item(clock))
    [claimed] = await claim(db, clock)
    assert await say(db, outbox.later, claimed, due_at=clock.now(), counts=False)
    assert not await say(db, outbox.done, claimed)
    [mine] = await claim(db, clock)
    assert mine.attempts == claimed.attempts  # the same number of tries, and still another claim
    assert not await say(db, outbox.later, claimed, due_at=clock.now(), counts=False)
    assert await say(db, outbox.done, mine)


async def test_a_late_claim_does_not_remove_what_came_after(db, clock):
    await put(db, an_item(clock))
    [late] = await claim(db, clock)
    clock.advance(minutes=2)
    [mine] = await claim(db, clock)
    assert await say(db, outbox.done, mine)
    await put(db, an_item(clock))  # the table was empty, and its key is the same
    await claim(db, clock)
    assert not await say(db, outbox.done, late)
    assert keys(await rows(db)) == ["thanks:1"]


async def test_what_was_surely_not_sent_is_tried_again_then(db, clock):
    await put(db, an_item(clock))
    [claimed] = await claim(db, clock)
    assert await say(db, outbox.later, claimed, due_at=clock.now() + timedelta(minutes=1), error="nul \0")
    assert await claim(db, clock) == []
    clock.advance(minutes=1)
    assert [again.attempts for again in await claim(db, clock)] == [2]


async def test_a_wait_is_no_attempt(db, clock):
    await put(db, an_item(clock))
    for _ in range(5):
        [claimed] = await claim(db, clock)
        assert claimed.attempts == 1
        await say(db, outbox.later, claimed, due_at=clock.now(), counts=False)


async def test_what_moved_is_sent_to_its_new_address_at_once_and_that_is_no_attempt(db, clock):
    await put(db, an_item(clock))
    [claimed] = await claim(db, clock)
    assert await say(db, outbox.readdress, claimed, -1001, now=clock.now())
    assert not await say(db, outbox.readdress, claimed, -1002, now=clock.now())
    assert [(again.address, again.attempts) for again in await claim(db, clock)] == [(-1001, 1)]


async def test_what_failed_is_seen_without_its_content_and_blocks_nothing(db, clock):
    await put(db, an_item(clock, grant_cause="grant:1"), an_item(clock, "thanks:2"))
    [first] = await claim(db, clock, limit=1)
    assert await say(db, outbox.failed, first, "x" * 1000)
    assert keys(await claim(db, clock)) == ["thanks:2"]
    [failure] = await failures(db)
    assert (failure.key, failure.door, failure.kind, failure.attempts) == ("thanks:1", "telegram", "thanks", 1)
    assert (failure.error, failure.grant_cause) == ("x" * 500, "grant:1")
    assert [row.content for row in await rows(db) if row.state == "failed"] == [None]
    clock.advance(days=1)
    assert "thanks:1" not in keys(await claim(db, clock))


async def failures(db, limit=10):
    async with db.read() as tx:
        return await outbox.failures(tx, limit=limit)


async def test_failures_are_shown_newest_first(db, clock):
    for key in ("1", "2", "3"):
        await put(db, an_item(clock, key))
        [claimed] = await claim(db, clock)
        await say(db, outbox.failed, claimed, "blocked")
        clock.advance(minutes=1)
    assert keys(await failures(db)) == ["3", "2", "1"]
    assert keys(await failures(db, limit=2)) == ["3", "2"]


async def test_counts_name_every_state(db, clock):
    async with db.read() as tx:
        assert await outbox.counts(tx) == {"waiting": 0, "sending": 0, "failed": 0}
    await put(db, *(an_item(clock, str(n)) for n in range(4)))
    [first, _] = await claim(db, clock, limit=2)
    await say(db, outbox.failed, first, "blocked")
    async with db.read() as tx:
        assert await outbox.counts(tx) == {"waiting": 2, "sending": 1, "failed": 1}


async def test_the_next_due_time_wakes_a_worker(db, clock):
    now = clock.now()
    assert await next_due(db) is None
    await put(db, an_item(clock, due_at=now + timedelta(hours=1)), an_item(clock, "other", door="discord"))
    assert await next_due(db) == now + timedelta(hours=1)
    clock.advance(hours=1)
    [claimed] = await claim(db, clock)
    assert await next_due(db) == clock.now() + LEASE  # should this worker die
    await say(db, outbox.failed, claimed, "blocked")
    assert await next_due(db) is None


async def test_a_failure_is_forgotten_after_a_month_and_what_waits_never(db, clock):
    await put(db, an_item(clock), an_item(clock, "thanks:2"))
    [first] = await claim(db, clock, limit=1)
    await say(db, outbox.failed, first, "blocked")
    clock.advance(days=30)
    await purge(db, clock)
    assert len(await rows(db)) == 2
    clock.advance(minutes=2)  # counted from when its claim would have been over
    await purge(db, clock)
    assert keys(await rows(db)) == ["thanks:2"]


async def purge(db, clock):
    async with db.begin() as tx:
        await outbox.purge(tx, now=clock.now())


async def test_two_workers_never_claim_the_same(postgres_db, clock):
    await put(postgres_db, *(an_item(clock, str(n)) for n in range(8)))
    async with postgres_db.begin() as one, postgres_db.begin() as other:
        first = await outbox.claim(one, "telegram", now=clock.now(), limit=3, lease=LEASE)
        second = await outbox.claim(other, "telegram", now=clock.now(), limit=3, lease=LEASE)
    assert (keys(first), keys(second)) == (["0", "1", "2"], ["3", "4", "5"])


async def test_many_workers_send_each_once(db, clock):
    await put(db, *(an_item(clock, str(n)) for n in range(100)))
    sent = []

    async def work():
        while claimed := await claim(db, clock, limit=3):
            sent.extend(keys(claimed))
            async with db.begin() as tx:
                assert all([await outbox.done(tx, each) for each in claimed])

    await asyncio.gather(*(work() for _ in range(6)))
    assert sorted(sent, key=int) == [str(n) for n in range(100)]
    assert await rows(db) == []


async def test_of_two_that_take_over_a_dead_workers_claim_one_gets_it(db, clock):
    await put(db, an_item(clock))
    await claim(db, clock)
    clock.advance(minutes=2)
    taken = await asyncio.gather(*(claim(db, clock) for _ in range(4)))
    assert sorted(map(len, taken)) == [0, 0, 0, 1]


async def test_a_thousand_are_claimed_in_two_statements(db, clock, statements):
    await put(db, *(an_item(clock, str(n)) for n in range(1000)))
    async with statements(db) as sent:
        assert len(await claim(db, clock, limit=1000)) == 1000
    assert len(sent) == 2


async def test_claiming_reads_the_index_of_what_is_due(db, clock):
    async with db.begin() as tx:
        plan = await plan_of(tx, outbox.claim(tx, "telegram", now=clock.now(), limit=10, lease=LEASE), statement=0)
    assert "outbox_due" in plan

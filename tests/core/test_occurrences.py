import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from core import occurrences
from core.campaign.table import CampaignRow
from core.database import DatabaseUnavailableError, table_of
from core.occurrences import Due
from tests.core.plans import plan_of

LUNE, SOL = 1, 2


@pytest.fixture
async def db(db):
    return await with_campaigns(db)


@pytest.fixture
async def postgres_db(postgres_db):
    return await with_campaigns(postgres_db)


async def with_campaigns(db):
    each = [{"id": LUNE, "slug": "lune", "version": 1}, {"id": SOL, "slug": "sol", "version": 1}]
    async with db.begin() as tx:
        await tx.execute(insert(table_of(CampaignRow)), each)
    return db


async def expect(db, name, due_at, *, campaign=LUNE):
    async with db.begin() as tx:
        await occurrences.expect(tx, campaign, name, due_at)


async def do_next(db, clock):
    """Claim the next one and do it."""
    async with db.begin() as tx:
        due = await occurrences.claim_due(tx, now=clock.now())
        if due:
            await occurrences.done(tx, due, now=clock.now())
    return due


async def history(db, campaign=LUNE, limit=100):
    async with db.read() as tx:
        return await occurrences.history(tx, campaign, limit=limit)


async def next_due(db):
    async with db.read() as tx:
        return await occurrences.next_due(tx)


async def test_it_happens_at_its_time_and_once(db, clock):
    await expect(db, "start", clock.now() + timedelta(hours=1))
    assert await do_next(db, clock) is None
    clock.advance(hours=1)
    assert await do_next(db, clock) == Due(LUNE, "start", clock.now())
    assert await do_next(db, clock) is None


async def test_the_oldest_goes_first_whosever_it_is(db, clock):
    now = clock.now()
    for campaign, name, hours in ((LUNE, "b", 2), (SOL, "start", 3), (LUNE, "a", 2), (LUNE, "c", 1)):
        await expect(db, name, now - timedelta(hours=hours), campaign=campaign)
    done = [await do_next(db, clock) for _ in range(4)]
    assert [(due.campaign_id, due.name) for due in done] == [(SOL, "start"), (LUNE, "a"), (LUNE, "b"), (LUNE, "c")]


async def test_expecting_it_again_changes_nothing_before_or_after(db, clock):
    for _ in range(2):
        await expect(db, "start", clock.now())
    assert await do_next(db, clock)
    await expect(db, "start", clock.now())
    assert await do_next(db, clock) is None


async def test_the_same_name_at_another_time_is_another_one(db, clock):
    now = clock.now()
    await expect(db, "leaderboard-1", now)
    await expect(db, "leaderboard-1", now - timedelta(days=7))
    assert [(await do_next(db, clock)).due_at for _ in range(2)] == [now - timedelta(days=7), now]


async def test_if_its_effects_fail_they_are_undone_and_it_is_still_due(db, clock):
    await expect(db, "end", clock.now())

    async def do_and_break():
        async with db.begin() as tx:
            due = await occurrences.claim_due(tx, now=clock.now())
            await occurrences.expect(tx, LUNE, "draw", clock.now())
            await occurrences.done(tx, due, now=clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await do_and_break()
    assert [(past.name, past.state) for past in await history(db)] == [("end", "due")]
    assert (await do_next(db, clock)).name == "end"


async def test_what_cannot_be_done_is_put_off_and_blocks_no_other(db, clock):
    now = clock.now()
    await expect(db, "bad", now - timedelta(hours=1))
    await expect(db, "good", now)
    async with db.begin() as tx:
        bad = await occurrences.claim_due(tx, now=now)
        await occurrences.put_off(tx, bad, until=now + timedelta(minutes=1), note="no such chat")
    assert (await do_next(db, clock)).name == "good"
    assert await do_next(db, clock) is None
    assert await next_due(db) == now + timedelta(minutes=1)
    assert [past.note for past in await history(db) if past.state == "due"] == ["no such chat"]
    clock.advance(minutes=1)
    assert await do_next(db, clock) == Due(LUNE, "bad", now - timedelta(hours=1))  # due when it was due


async def test_what_is_too_late_is_missed_with_a_reason(db, clock):
    due_at = clock.now() - timedelta(days=3)
    await expect(db, "reminder", due_at)
    async with db.begin() as tx:
        due = await occurrences.claim_due(tx, now=clock.now())
        await occurrences.missed(tx, due, now=clock.now(), note="nobody was running")
    assert await do_next(db, clock) is None
    [past] = await history(db)
    assert (past.state, past.done_at, past.note) == ("missed", clock.now(), "nobody was running")


async def test_what_is_over_stays_as_it_is(db, clock):
    await expect(db, "end", clock.now())
    due = await do_next(db, clock)
    before = await history(db)
    clock.advance(hours=1)
    async with db.begin() as tx:
        await occurrences.missed(tx, due, now=clock.now(), note="late")
        await occurrences.put_off(tx, due, until=clock.now(), note="late")
        await occurrences.done(tx, due, now=clock.now(), note="late")
    assert await history(db) == before


async def test_a_changed_file_drops_what_it_no_longer_has(db, clock):
    now, later = clock.now(), clock.now() + timedelta(days=1)
    await expect(db, "start", now)
    await do_next(db, clock)
    for name, due_at in (("end", later), ("end", now), ("post-1", later), ("post-2", later)):
        await expect(db, name, due_at)
    await expect(db, "post-2", later, campaign=SOL)
    async with db.begin() as tx:
        await occurrences.drop_expected(tx, LUNE, keep=[("end", later), ("post-1", later), ("never", now)])
    assert [(past.name, past.due_at) for past in await history(db)] == [
        ("end", later),
        ("post-1", later),
        ("start", now),
    ]
    assert len(await history(db, SOL)) == 1


async def test_with_nothing_to_keep_nothing_is_expected(db, clock):
    await expect(db, "start", clock.now())
    await do_next(db, clock)
    await expect(db, "end", clock.now())
    async with db.begin() as tx:
        await occurrences.drop_expected(tx, LUNE)
    assert [past.name for past in await history(db)] == ["start"]


async def test_the_next_due_time_wakes_a_worker(db, clock):
    assert await next_due(db) is None
    await expect(db, "end", clock.now() + timedelta(days=2))
    await expect(db, "start", clock.now() - timedelta(days=1))
    assert await next_due(db) == clock.now() - timedelta(days=1)
    await do_next(db, clock)
    assert await next_due(db) == clock.now() + timedelta(days=2)


async def test_history_is_the_latest_first(db, clock):
    for days in range(5):
        await expect(db, "digest", clock.now() - timedelta(days=days))
    await do_next(db, clock)
    found = await history(db, limit=4)
    assert [past.due_at for past in found] == [clock.now() - timedelta(days=days) for days in range(4)]
    assert [past.state for past in await history(db)] == ["due"] * 4 + ["done"]


async def test_the_last_of_a_name_counts_in_any_state(db, clock):
    async def last(name):
        async with db.read() as tx:
            return await occurrences.last(tx, LUNE, name)

    assert await last("digest") is None
    await expect(db, "digest", clock.now() - timedelta(days=1))
    await expect(db, "digest", clock.now())
    await expect(db, "other", clock.now() + timedelta(days=1))
    for _ in range(2):
        await do_next(db, clock)
    assert await last("digest") == Due(LUNE, "digest", clock.now())


async def test_of_eight_claimers_one_does_it(db, clock):
    await expect(db, "draw", clock.now())
    outcomes = await asyncio.gather(*(do_next(db, clock) for _ in range(8)))
    assert sum(due is not None for due in outcomes) == 1


async def test_a_claimed_one_is_passed_over_by_others(postgres_db, clock):
    for name in ("a", "b"):
        await expect(postgres_db, name, clock.now())
    async with postgres_db.begin() as one, postgres_db.begin() as two, postgres_db.begin() as three:
        found = [await occurrences.claim_due(tx, now=clock.now()) for tx in (one, two, three)]
    assert [due and due.name for due in found] == ["a", "b", None]


async def test_many_workers_do_each_once(db, clock):
    for n in range(40):
        await expect(db, f"post-{n}", clock.now())
    done = []

    async def work():
        while due := await do_next(db, clock):
            done.append(due.name)

    await asyncio.gather(*(work() for _ in range(8)))
    assert sorted(done) == sorted(f"post-{n}" for n in range(40))


async def test_one_that_died_in_the_middle_is_done_by_another(postgres_db, clock):
    await expect(postgres_db, "draw", clock.now())

    async def do_and_die():
        async with postgres_db.begin() as tx:
            due = await occurrences.claim_due(tx, now=clock.now())
            await occurrences.done(tx, due, now=clock.now())
            await tx.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseUnavailableError):
        await do_and_die()
    assert (await do_next(postgres_db, clock)).name == "draw"


async def test_one_that_hangs_in_the_middle_loses_it_and_can_then_not_write(postgres_db, clock):
    await expect(postgres_db, "draw", clock.now())

    async def hang_and_go_on():
        async with postgres_db.begin() as tx:
            due = await occurrences.claim_due(tx, now=clock.now())
            limit = (await tx.execute(text("SHOW idle_in_transaction_session_timeout"))).scalar_one()
            assert limit == "10s"
            await tx.execute(text("SET LOCAL idle_in_transaction_session_timeout = '1ms'"))
            while not await do_next(postgres_db, clock):
                pass  # another worker, until it gets it
            await occurrences.done(tx, due, now=clock.now(), note="too late")

    with pytest.raises(DatabaseUnavailableError):
        await hang_and_go_on()
    assert [(past.state, past.note) for past in await history(postgres_db)] == [("done", None)]


async def test_dropping_does_not_touch_what_is_being_done(postgres_db, clock):
    await expect(postgres_db, "end", clock.now())

    async def drop():
        async with postgres_db.begin() as tx:
            await occurrences.drop_expected(tx, LUNE)

    async with postgres_db.begin() as tx:
        due = await occurrences.claim_due(tx, now=clock.now())
        dropping = asyncio.create_task(drop())
        while not (await tx.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))).scalar_one():
            pass  # until the other one waits for our row
        await occurrences.done(tx, due, now=clock.now())
    await dropping
    assert [past.state for past in await history(postgres_db)] == ["done"]


async def test_claiming_reads_the_index_of_what_is_due(db, clock):
    async with db.begin() as tx:
        plan = await plan_of(tx, occurrences.claim_due(tx, now=clock.now()))
    assert "occurrence_due" in plan

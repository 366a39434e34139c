import asyncio
from datetime import timedelta

from core.occurrences import lease


async def hold(db, clock, holder, *, name="purge", minutes=1):
    now = clock.now()
    async with db.begin() as tx:
        return await lease.hold(tx, name, holder, now=now, until=now + timedelta(minutes=minutes))


async def release(db, holder, *, name="purge"):
    async with db.begin() as tx:
        await lease.release(tx, name, holder)


async def test_one_holds_it_at_a_time(db, clock):
    assert await hold(db, clock, "ana")
    assert not await hold(db, clock, "ben")
    assert await hold(db, clock, "ben", name="digest")


async def test_the_holder_may_keep_it_for_longer(db, clock):
    await hold(db, clock, "ana")
    clock.advance(seconds=40)
    assert await hold(db, clock, "ana")
    clock.advance(seconds=40)
    assert not await hold(db, clock, "ben")


async def test_it_is_free_when_its_time_is_over(db, clock):
    await hold(db, clock, "ana")
    clock.advance(minutes=1, microseconds=-1)
    assert not await hold(db, clock, "ben")
    clock.advance(microseconds=1)
    assert await hold(db, clock, "ben")
    assert not await hold(db, clock, "ana")


async def test_it_can_be_given_back_at_once(db, clock):
    await hold(db, clock, "ana")
    await release(db, "ana")
    assert await hold(db, clock, "ben")


async def test_only_the_holder_can_give_it_back(db, clock):
    await hold(db, clock, "ana")
    await release(db, "ben")
    await release(db, "ana", name="digest")
    assert not await hold(db, clock, "ben")


async def test_of_eight_that_want_it_one_gets_it(db, clock):
    for _ in range(3):  # new, held, and free again
        wishes = await asyncio.gather(*(hold(db, clock, f"process {n}") for n in range(8)))
        assert sum(wishes) == 1
        clock.advance(minutes=1)

import asyncio

import pytest

from bots.exchange.waiting import first_of, stopped, unless


async def test_a_pause_ends_with_its_time_or_when_told_to_stop():
    stop = asyncio.Event()
    assert not await stopped(stop, within=0.0)
    assert not await stopped(stop, within=0.01)
    waiting = asyncio.create_task(stopped(stop, within=60))
    await asyncio.sleep(0)
    stop.set()
    assert await asyncio.wait_for(waiting, 1)
    assert await stopped(stop, within=0.0)


async def test_the_first_of_several_ends_the_wait_and_nothing_is_left_running():
    one, other = asyncio.Event(), asyncio.Event()
    waiting = asyncio.create_task(first_of(one, other, seconds=60))
    await asyncio.sleep(0)
    other.set()
    await asyncio.wait_for(waiting, 1)
    await first_of(one, seconds=0.01)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_work_is_given_up_when_told_to_stop():
    stop, given_up = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        try:
            await asyncio.sleep(60)
        finally:
            given_up.set()
        return 7

    waiting = asyncio.create_task(unless(stop, work()))
    await asyncio.sleep(0)
    stop.set()
    assert await asyncio.wait_for(waiting, 1) is None
    assert given_up.is_set()


async def test_work_that_is_done_in_time_gives_what_it_gives():
    async def seven() -> int:
        return 7

    async def broken() -> int:
        raise ValueError("no such luck")

    assert await unless(asyncio.Event(), seven()) == 7
    with pytest.raises(ValueError, match="no such luck"):
        await unless(asyncio.Event(), broken())
    assert asyncio.all_tasks() == {asyncio.current_task()}

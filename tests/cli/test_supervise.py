"""Parts that run side by side: they end together, finish what they hold, and a failure is not lost."""

import asyncio
import logging
import os
import signal

import pytest

from bots.cli.supervise import Part, signals_set, together


class Worker:
    """A part that notes what it did."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.finished = False

    async def work(self, stop: asyncio.Event) -> None:
        self.begun.set()
        await stop.wait()
        await asyncio.sleep(0)  # what it holds
        self.finished = True


async def fails(_: asyncio.Event) -> None:
    raise ValueError("it broke")


async def ends(_: asyncio.Event) -> None:
    return None


async def never(_: asyncio.Event) -> None:
    await asyncio.Event().wait()


async def test_all_finish_when_told_to_stop() -> None:
    stop, first, second = asyncio.Event(), Worker(), Worker()
    running = asyncio.create_task(together({"a": first.work, "b": second.work}, stop))
    await asyncio.gather(first.begun.wait(), second.begun.wait())
    assert not running.done()
    stop.set()
    await running
    assert first.finished
    assert second.finished


async def test_one_that_fails_ends_all_and_its_error_is_raised() -> None:
    stop, other = asyncio.Event(), Worker()
    with pytest.raises(ValueError, match="it broke"):
        await together({"a": other.work, "b": fails}, stop)
    assert stop.is_set()
    assert other.finished


async def test_one_that_fails_while_finishing_is_heard_too() -> None:
    async def fails_late(stop: asyncio.Event) -> None:
        await stop.wait()
        raise ValueError("late")

    stop, other = asyncio.Event(), Worker()
    stop.set()
    with pytest.raises(ValueError, match="late"):
        await together({"a": other.work, "b": fails_late}, stop)


async def test_one_that_has_nothing_more_to_do_ends_alone() -> None:
    stop, other = asyncio.Event(), Worker()
    running = asyncio.create_task(together({"a": other.work, "b": ends}, stop))
    await other.begun.wait()
    assert not stop.is_set()
    stop.set()
    await running
    await together({"a": ends, "b": ends}, asyncio.Event())  # none is left: it returns


async def test_one_that_does_not_finish_in_time_is_cut_off_by_name(caplog: pytest.LogCaptureFixture) -> None:
    stop, other = asyncio.Event(), Worker()
    stop.set()
    with caplog.at_level(logging.WARNING):
        await together({"a": other.work, "endless": never}, stop, within=0.01)
    assert other.finished
    assert caplog.messages == ["cut off, because they did not finish within 0 s: endless"]


async def test_parts_within_parts_stop_as_one() -> None:
    stop, outer, inner = asyncio.Event(), Worker(), Worker()

    async def nested(stop: asyncio.Event) -> None:
        parts: dict[str, Part] = {"inner": inner.work, "broken": fails}
        await together(parts, stop)

    with pytest.raises(ValueError, match="it broke"):
        await together({"outer": outer.work, "nested": nested}, stop)
    assert outer.finished
    assert inner.finished


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_says_stop(number: signal.Signals) -> None:
    stop, worker = asyncio.Event(), Worker()
    with signals_set(stop):
        os.kill(os.getpid(), number)
        await together({"a": worker.work}, stop)
    assert worker.finished


async def test_a_second_signal_ends_the_work_at_once() -> None:
    async def told_twice() -> None:
        stop = asyncio.Event()
        with signals_set(stop):
            os.kill(os.getpid(), signal.SIGTERM)
            await stop.wait()
            os.kill(os.getpid(), signal.SIGTERM)
            await together({"endless": never}, stop)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(told_twice())

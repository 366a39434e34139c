"""Running several parts side by side until somebody says stop, or one of them fails."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

from bots.cli.problems import INTERRUPTED

_log = logging.getLogger(__name__)

Part: TypeAlias = Callable[[asyncio.Event], Awaitable[None]]
"""Works until the event is set, then finishes what it holds and returns. It may end before, with nothing left to do."""

FINISHED_WITHIN = 8.0
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


async def together(parts: Mapping[str, Part], stop: asyncio.Event, *, within: float = FINISHED_WITHIN) -> None:
    """Run the parts until `stop` is set or one fails, then have all finish, in `within` seconds. Raises what failed."""
    tasks = [asyncio.create_task(_named(name, part, stop), name=name) for name, part in parts.items()]
    stopping = asyncio.create_task(stop.wait())
    try:
        await _until_one_fails(tasks, stopping)
        stop.set()
        await _finish(tasks, within)
    finally:
        for task in (stopping, *tasks):
            task.cancel()
        await asyncio.gather(stopping, *tasks, return_exceptions=True)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


async def until_told(work: Part) -> int:
    """Do the work until a signal says stop, and return the exit code: 0, or INTERRUPTED if it was told twice."""
    stop = asyncio.Event()
    with signals_set(stop):
        try:
            await work(stop)
        except asyncio.CancelledError:
            return INTERRUPTED
    return 0


@contextmanager
def signals_set(stop: asyncio.Event) -> Iterator[None]:
    """While inside, SIGINT, SIGTERM and a closed terminal set the event; a second one ends the work at once."""
    loop, main = asyncio.get_running_loop(), asyncio.current_task()
    asked: list[signal.Signals] = []

    def heard() -> None:
        if stop.is_set() and main is not None:
            main.cancel()
        stop.set()

    for number in _ours():
        with suppress(NotImplementedError):  # Windows: there Ctrl-C cancels the work
            loop.add_signal_handler(number, heard)
            asked.append(number)
    try:
        yield
    finally:
        for number in asked:
            loop.remove_signal_handler(number)


async def _named(name: str, part: Part, stop: asyncio.Event) -> None:
    await part(stop)
    if not stop.is_set():
        _log.debug("a part has ended", extra={"part": name})


async def _until_one_fails(tasks: Iterable[asyncio.Task[Any]], stopping: asyncio.Task[Any]) -> None:
    """Return when it is time to stop, when a part has failed, or when none is left."""
    working = set(tasks)
    while working and not stopping.done():
        done, _ = await asyncio.wait({stopping, *working}, return_when=asyncio.FIRST_COMPLETED)
        if any(task.cancelled() or task.exception() is not None for task in done):
            return
        working -= done


async def _finish(tasks: Iterable[asyncio.Task[Any]], within: float) -> None:
    unfinished = [task for task in tasks if not task.done()]
    if unfinished:
        _, late = await asyncio.wait(unfinished, timeout=within)
        if late:
            names = ", ".join(sorted(task.get_name() for task in late))
            _log.warning("cut off, because they did not finish within %.0f s: %s", within, names)


def _ours() -> Iterator[signal.Signals]:
    """The signals to listen to: those there are, without one that is ignored on purpose, as by nohup."""
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            yield number

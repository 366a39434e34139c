"""Starts `sayso` again and again without importing everything each time: each one is a fork of a process that has.

What runs in the fork is the command itself, from its arguments and its environment on.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.cli.processes import environment

READY = {"ready": True}


class Nursery:
    """One child at a time. `log` is what all of them said."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log

    async def start(self, *arguments: str, **settings: str) -> int:
        """Start `sayso` with these arguments and settings; nothing has happened in it yet. The process's number."""
        told: dict[str, int] = await self._ask({"start": arguments, "environment": environment(**settings)})
        return told["child"]

    async def kill(self) -> int:
        """Kill the child with SIGKILL, and say what it ended with: minus the signal, or its own code if it was over."""
        told: dict[str, int] = await self._ask({"signal": signal.SIGKILL})
        return told["code"]

    async def stop(self) -> int:
        """Ask it with SIGTERM to end; the code that it ended with."""
        told: dict[str, int] = await self._ask({"signal": signal.SIGTERM})
        return told["code"]

    async def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        async with asyncio.timeout(20):
            return json.loads(await self._process.stdout.readline())


@contextlib.asynccontextmanager
async def nursery(folder: Path) -> AsyncIterator[Nursery]:
    """Ends its child, and itself, at the end of the block; also when this process is gone."""
    log = folder / "log"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.nursery",
        str(log),
        cwd=folder,
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            assert json.loads(await process.stdout.readline()) == READY
        yield Nursery(process, log)
    finally:
        process.stdin.close()
        async with asyncio.timeout(20):
            await process.wait()


def _child(question: dict[str, Any], log: Path) -> None:
    """Become `sayso`."""
    from bots.cli.main import main

    with log.open("ab") as said:
        nothing = os.open(os.devnull, os.O_RDWR)
        for number, target in enumerate((nothing, said.fileno(), said.fileno())):
            os.dup2(target, number)
    os.environ.clear()
    os.environ.update(question["environment"])
    sys.argv = ["sayso", *question["start"]]
    main()


def _serve(log: Path) -> None:
    import bots.cli.house
    import bots.cli.run  # noqa: F401 (the point of it all)

    child = 0
    _say(READY)
    for line in sys.stdin:
        question = json.loads(line)
        if "start" in question:
            child = os.fork()
            if not child:
                _child(question, log)
            _say({"child": child})
        else:
            _say({"code": _end(child, question["signal"])})
            child = 0
    if child:
        _end(child, signal.SIGKILL)


def _end(child: int, number: int) -> int:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _say(told: dict[str, Any]) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))

"""Real `sayso` processes, as somebody would start them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "bots.cli")


def environment(**settings: str) -> dict[str, str]:
    """This process's, with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAYSO_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings}


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


async def ended(*arguments: str, folder: Path, **settings: str) -> Ended:
    """Run the command to its end."""
    async with running(*arguments, folder=folder, **settings) as process:
        return await process.end()


class Running:
    """A process that runs, and what it has said so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._said: dict[str, list[str]] = {"out": [], "err": []}
        streams = {"out": process.stdout, "err": process.stderr}
        self._readers = [
            asyncio.create_task(self._read(name, stream)) for name, stream in streams.items() if stream is not None
        ]

    @property
    def out(self) -> str:
        return "".join(self._said["out"])

    @property
    def err(self) -> str:
        return "".join(self._said["err"])

    async def says(self, text: str, *, within: float = 20.0) -> str:
        """The first line that has this text, on either stream."""

        def line() -> str:
            ended = self._process.returncode is not None and all(reader.done() for reader in self._readers)
            found = next((each for said in self._said.values() for each in said if text in each), "")
            assert found or not ended, f"it ended without saying {text!r}: {self.out}{self.err}"
            return found

        found: str = await until(line, within)
        return found

    def hears(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def end(self, *, within: float = 20.0) -> Ended:
        async with asyncio.timeout(within):
            code = await self._process.wait()
            await asyncio.gather(*self._readers)
        return Ended(code, self.out, self.err)

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        await asyncio.gather(*self._readers)

    async def _read(self, name: str, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self._said[name].append(line.decode())


@asynccontextmanager
async def running(*arguments: str, folder: Path, **settings: str) -> AsyncIterator[Running]:
    """A process that is killed at the end, if it still runs."""
    started = await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        cwd=folder,
        env=environment(**settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    process = Running(started)
    try:
        yield process
    finally:
        await process.kill()

"""Schemathesis makes requests of the description, good and bad ones, and finds nothing that is not as described.

It runs as a program of its own against a real socket.
"""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from bots.web.api import ROOT, Api
from bots.web.api.limits import Allowance
from bots.web.app import build, serve
from core.database import Database
from tests.clock import FakeClock
from tests.depth import times
from tests.waiting import until
from tests.web.api.conftest import Keys

OFTEN = Allowance("test", 1_000_000, timedelta(seconds=1))
EXAMPLES = str(times(20))
WITHIN = 240.0


async def test_schemathesis_finds_nothing(db: Database, clock: FakeClock, secrets: Keys, tmp_path: Path) -> None:
    app = build(db, clock, below={ROOT: Api(db, clock, allowed=OFTEN, failures=OFTEN).application()})
    stop, heard = asyncio.Event(), list[str]()
    async with asyncio.timeout(WITHIN), asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(app, "127.0.0.1", 0, stop, listening=heard.append))
        await until(lambda: heard)
        status, said = await schemathesis(heard[0], secrets.writes, tmp_path)
        stop.set()
    assert status == 0, said[-6000:]


async def schemathesis(url: str, secret: str, folder: Path) -> tuple[int | None, str]:
    """Its exit status, and what it said."""
    done = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        "run",
        f"{url}{ROOT}/v1/openapi.json",
        *("--header", f"Authorization: Bearer {secret}"),
        *("--max-examples", EXAMPLES, "--seed", "1", "--generation-database", "none", "--warnings", "off"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "160"},
    )
    try:
        said, _ = await done.communicate()
    finally:
        if done.returncode is None:
            done.kill()
    return done.returncode, said.decode(errors="replace")

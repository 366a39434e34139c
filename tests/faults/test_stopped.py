"""S2: a process is stopped while it holds something. Another takes over, and the woken one's write is refused."""

import asyncio
import os
import signal
import sys
import time

import pytest
from sqlalchemy import insert

from core import campaign as campaigns
from core import occurrences
from core.campaign.table import CampaignRow
from core.database import Database, table_of
from tests.clock import FakeClock

HUNG_AFTER = 2.0

HOLD = """
import asyncio, sys
from datetime import datetime
from core import campaign as campaigns, occurrences
from core.database import Database

async def main(url, now):
    db = Database(url, hung_after={hung_after})
    async with db.begin() as tx:
        await campaigns.lock(tx, [1])
        due = await occurrences.claim_due(tx, now=now)
        print("held", flush=True)
        sys.stdin.readline()
        await occurrences.done(tx, due, now=now, note="too late")
    print("written", flush=True)

try:
    asyncio.run(main(sys.argv[1], datetime.fromisoformat(sys.argv[2])))
except Exception as error:
    print(type(error).__name__, flush=True)
"""


@pytest.mark.parametrize("name", ["results", "leaderboard 0 18 * * *"])
async def test_what_a_stopped_process_holds_is_soon_somebody_elses(postgres_url: str, clock: FakeClock, name: str):
    db = Database(postgres_url)
    async with db.begin() as tx:
        await tx.execute(insert(table_of(CampaignRow)), {"id": 1, "slug": "lune", "version": 1})
        await occurrences.expect(tx, 1, name, clock.now())
    holder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLD.format(hung_after=HUNG_AFTER), postgres_url, clock.now().isoformat()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert await holder.stdout.readline() == b"held\n"
            os.kill(holder.pid, signal.SIGSTOP)
            began = time.monotonic()
            async with db.begin() as tx:
                await campaigns.lock(tx, [1])  # waits, as a member's update would
                due = await occurrences.claim_due(tx, now=clock.now())
                assert due is not None
                await occurrences.done(tx, due, now=clock.now(), note="taken over")
            assert time.monotonic() - began < HUNG_AFTER + 5
            os.kill(holder.pid, signal.SIGCONT)
            holder.stdin.write(b"\n")
            assert await holder.stdout.readline() == b"DatabaseUnavailableError\n"
            async with db.read() as tx:
                [past] = await occurrences.history(tx, 1, limit=10)
            assert (past.state, past.note) == ("done", "taken over")
    finally:
        if holder.returncode is None:
            os.kill(holder.pid, signal.SIGCONT)
            holder.kill()
        await holder.wait()
        await db.close()

"""Processes that all do the same work on one database, as fast as they can, each in an order of its own.

A racer may freeze in the middle of a transaction, with everything locked that it has locked: it stops itself as SIGSTOP
from outside would, and wakes when it is told to.
"""

import asyncio
import base64
import os
import pickle
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from campaigns.heart import release, sweep
from campaigns.schedule import do_due
from core import codes, intake, members, outbox, rewards
from core.campaign.values import Account, Platform
from core.database import Database, DatabaseUnavailableError, Tx
from core.intake.deliver import delivered
from core.intake.facts import Fact, Seen
from core.members import Person
from tests.cli.processes import environment

LEASE = timedelta(minutes=5)
GIVES_UP_AFTER = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What every racer is to do, at which time. `freeze`: it stops itself in its so manieth transaction."""

    now: datetime
    seed: int
    facts: tuple[tuple[Fact, ...], ...] = ()
    codes: tuple[tuple[str, ...], ...] = ()
    campaign_id: int = 1
    organizer: Account | None = None
    there: frozenset[int] = frozenset()
    sweeps: int = 3
    freeze: int | None = None


@dataclass(slots=True, kw_only=True)
class Told:
    """What a racer did: the keys that it brought, what it ticked off, the seconds that its slowest step took."""

    brought: list[str] = field(default_factory=list)
    too_late: list[str] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)
    slowest: float = 0.0
    again: int = 0
    did: Counter[str] = field(default_factory=Counter)


class _Freezing(Database):
    """Stops the whole process once, when a transaction has done all its work and not committed yet."""

    after: int | None = None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        async with super().begin() as tx:
            yield tx
            if self.after is not None:
                self.after -= 1
                if self.after == 0:
                    os.kill(os.getpid(), signal.SIGSTOP)


class _At:
    """Stands still."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


class _Race:
    """One job of one racer."""

    def __init__(self, db: _Freezing, job: Job) -> None:
        self.db, self.job, self.random, self.told = db, job, Random(job.seed), Told()
        self.clock = _At(job.now)
        db.after = job.freeze

    async def run(self) -> Told:
        steps: list[Callable[[], Awaitable[object]]] = [
            *(lambda facts=facts: self._take(facts) for facts in self.job.facts),  # type: ignore[misc]
            *(lambda some=some: self._fill(some) for some in self.job.codes),  # type: ignore[misc]
        ]
        self.random.shuffle(steps)
        every = (self._sweep, self._release, self._do_due, self._deliver, self._hand)
        size = len(steps) // max(1, self.job.sweeps) + 1
        for at in range(0, max(len(steps), size * self.job.sweeps), size):
            for step in [*steps[at : at + size], *self.random.sample(every, len(every))]:
                await self._patiently(step)
        self.told.did["frozen"] = int(self.job.freeze is not None and self.db.after is not None and self.db.after <= 0)
        return self.told

    async def _patiently(self, step: Callable[[], Awaitable[object]]) -> None:
        """Again and again, as the worker would: only the database may refuse, and only for a while."""
        for _ in range(GIVES_UP_AFTER):
            began = time.monotonic()
            try:
                await step()
            except DatabaseUnavailableError:
                self.told.again += 1
                await asyncio.sleep(self.random.uniform(0, 0.02))
            else:
                return
            finally:
                self.told.slowest = max(self.told.slowest, time.monotonic() - began)
        raise AssertionError("it never came through")

    async def _take(self, facts: tuple[Fact, ...]) -> None:
        async with self.db.begin() as tx:
            await intake.take(tx, facts, now=self.job.now)

    async def _fill(self, some: tuple[str, ...]) -> None:
        async with self.db.begin() as tx:
            [pool] = [each for each in await codes.pools(tx) if each.campaign_id == self.job.campaign_id]
            await codes.add(tx, pool.id, some)

    async def _sweep(self) -> None:
        self.told.did["swept"] += await sweep(self.db, self.clock, at_once=self.random.choice((1, 5, 500)))

    async def _release(self) -> None:
        self.told.did["released"] += await release(self.db, self.clock)

    async def _do_due(self) -> None:
        while await do_due(self.db, self.clock):
            self.told.did["done"] += 1

    async def _deliver(self) -> None:
        """As a door does: claimed in one transaction, and marked in another one."""
        async with self.db.begin() as tx:
            rows = await outbox.claim(
                tx, Platform.TELEGRAM, now=self.job.now, limit=self.random.randint(1, 20), lease=LEASE
            )
        for row in rows:
            async with self.db.begin() as tx:
                if row.kind == "ask_membership":
                    await self._answer(tx, row)
                mine = await outbox.done(tx, row)
                if mine and row.grant_cause is not None:
                    await delivered(tx, row.grant_cause, now=self.job.now)
            (self.told.brought if mine else self.told.too_late).append(row.key)

    async def _answer(self, tx: Tx, row: outbox.Claimed) -> None:
        account = Account(platform=Platform.TELEGRAM, id=row.content["account"])
        known = (await members.by_account(tx, [account]))[account]
        person = Person(account=account, name=known.name)
        key = f"answer/{row.key}/{self.job.now}"
        present = account.id in self.job.there
        await intake.take(
            tx, [Seen(key=key, at=self.job.now, person=person, chat=row.address, present=present)], now=self.job.now
        )

    async def _hand(self) -> None:
        if self.job.organizer is None:
            return
        async with self.db.read() as tx:
            open_ = await rewards.by_hand(tx, self.job.campaign_id, limit=20)
            by = (await members.by_account(tx, [self.job.organizer]))[self.job.organizer].id
        for grant in self.random.sample(open_, min(4, len(open_))):
            async with self.db.begin() as tx:
                was_mine = await intake.handed(tx, grant.cause, by=by, now=self.job.now)
            if was_mine:
                self.told.handed.append(grant.cause)


class Racers:
    """So many of them, started once; each is a process."""

    def __init__(self, processes: list[asyncio.subprocess.Process]) -> None:
        self.processes = processes

    async def race(self, jobs: list[Job], *, asleep: float, within: float = 60.0) -> list[Told]:
        """Each does its job, all at once. Who freezes is woken after so many seconds. Nobody may have died."""
        async with asyncio.timeout(within):
            waking = asyncio.create_task(self._wake(asleep))
            try:
                return await asyncio.gather(*map(_asked, self.processes, jobs))
            finally:
                waking.cancel()

    async def _wake(self, asleep: float) -> None:
        since: dict[int, float] = {}
        while True:
            for process in self.processes:
                if not _is_stopped(process.pid):
                    since.pop(process.pid, None)
                elif time.monotonic() - since.setdefault(process.pid, time.monotonic()) >= asleep:
                    process.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.05)


async def _asked(process: asyncio.subprocess.Process, job: Job) -> Told:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(base64.b64encode(pickle.dumps(job)) + b"\n")
    answer = pickle.loads(base64.b64decode(await process.stdout.readline()))
    assert isinstance(answer, Told), answer
    return answer


def _is_stopped(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except FileNotFoundError:
        return False


@asynccontextmanager
async def racers(url: str, *, count: int, hung_after: float) -> AsyncIterator[Racers]:
    """They end at the end of the block; also when this process is gone."""
    command = (sys.executable, "-m", "tests.faults.racers", url, str(hung_after))
    pipes: dict[str, Any] = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE, "limit": 2**24}
    processes = [await asyncio.create_subprocess_exec(*command, env=environment(), **pipes) for _ in range(count)]
    try:
        yield Racers(processes)
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
        await asyncio.gather(*(process.wait() for process in processes))


async def serve(url: str, hung_after: float) -> None:
    db = _Freezing(url, connections=3, hung_after=hung_after)
    for line in sys.stdin:
        answer: object
        try:
            answer = await _Race(db, pickle.loads(base64.b64decode(line))).run()
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
            raise
        finally:
            print(base64.b64encode(pickle.dumps(answer)).decode(), flush=True)
    await db.close()


if __name__ == "__main__":
    from tests.faults.racers import serve as _serve  # what is pickled belongs to the module, not to `__main__`

    asyncio.run(_serve(sys.argv[1], float(sys.argv[2])))

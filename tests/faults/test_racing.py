"""Eight workers on one PostgreSQL, some of them frozen with everything locked and woken when others have gone on; and
three on one SQLite file: what happens once, happens once.

S1, S2 and A11 of the failures that must be survived. SAYSO_TEST_DEPTH=20 races more often. A test that
fails names its seed.
"""

import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random, randrange

import pytest
from sqlalchemy import func, select

from core import codes, intake, ledger, outbox, referrals, rewards
from core.budgets.table import BudgetRow
from core.campaign.values import Limits, Platform, Qualify, Reward, To
from core.codes.table import CodeRow
from core.database import Database, rows_of, table_of
from core.intake.facts import Fact
from core.journal.table import FactRow
from core.outbox.table import OutboxRow
from core.referrals.table import ReferralRow
from core.rewards.table import GrantRow
from tests.clock import FakeClock
from tests.depth import times
from tests.faults.racers import Job, Racers, Told, racers
from tests.people import ANA, BEN, ORGANIZER, SALON, STARTS, Town, a_campaign, a_person, assert_audited, joined, started

RACES = times(1)
FRIENDS, CODES, POINTS = 24, 9, 150
HUNG_AFTER, ASLEEP, ALLOWED = 1.0, 2.0, 2.0
"""Seconds: PostgreSQL takes back what a frozen worker holds; it sleeps so long; what the others may need besides."""

LATER = timedelta(minutes=11)
"""By then nobody has a claim left on what a frozen worker was about to bring, and what had no answer is asked again."""

DAY = timedelta(days=1)
ENDS = STARTS + 10 * DAY
RESULTS = ENDS + 2 * DAY
ADVOCATES = (ANA, BEN, a_person(13, "Cleo", reachable=True))
PEOPLE = tuple(replace(a_person(100 + n, f"Friend {n}"), reachable=True) for n in range(FRIENDS))
OTHERS = 6
"""Campaigns that have nothing but results, all of them at one time."""

THANKS = Reward(id="thanks", to=To.ADVOCATE, kind="points", setting=10, every=1)
PODIUM = Reward(id="podium", to=To.ADVOCATE, kind="points", setting=100, top=2)
RAFFLE = Reward(id="raffle", to=To.ADVOCATE, kind="message", setting={"*": "A dinner"}, draw=1)
CODE = Reward(id="code", to=To.FRIEND, kind="promo_code", setting="welcome")
POSTER = Reward(id="poster", to=To.FRIEND, kind="by_hand", setting={"*": "A poster"})
REWARDS = (THANKS, PODIUM, RAFFLE, CODE, POSTER)
_GRANT, _OUTBOX, _FACT, _CODE, _BUDGET, _REFERRAL = (
    table_of(row) for row in (GrantRow, OutboxRow, FactRow, CodeRow, BudgetRow, ReferralRow)
)


def shared(slug: str = "spring", **changes: object) -> object:
    usual = {"chats": (SALON,), "ends": ENDS, "qualify": Qualify(stay=DAY), "codes": {"welcome": "codes.txt"}}
    return a_campaign(slug, **{**usual, "rewards": REWARDS, **changes})


@dataclass
class Crowd:
    """The people, the workers, and everything that the workers told of what they did."""

    town: Town
    racers: Racers
    random: Random
    told: list[Told]
    freezes: bool

    async def race(
        self, job: Job, *, facts: tuple[tuple[Fact, ...], ...] = (), codes: int = 0, freezes: bool = True
    ) -> None:
        """All do the same job at the same time, until there is nothing left to do. The first time, one freezes."""
        await self._race(job, facts=facts, codes=codes, freezes=self.freezes and freezes)
        for _ in range(5):
            if not await self._left(job.now):
                return
            job = replace(job, now=job.now + LATER)
            await self._race(job, freezes=False)
        assert not await self._left(job.now)

    async def _left(self, now: datetime) -> bool:
        async with self.town.db.read() as tx:
            due = await referrals.due(tx, now=now, limit=1) or await intake.releasable(tx)
            return bool(due) or await outbox.next_due(tx, Platform.TELEGRAM) is not None

    async def _race(self, job: Job, *, facts: tuple[tuple[Fact, ...], ...] = (), codes: int = 0, freezes: bool) -> None:
        count = len(self.racers.processes)
        frozen = self.random.randrange(count) if freezes else None
        jobs = []
        for number in range(count):
            mine = tuple(self.random.sample(facts, len(facts)))
            some = tuple((f"code-{n}", f"code-{n + 1}", f"code-{n + 2}") for n in range(0, codes, 3))
            about = {"facts": mine, "codes": some, "seed": self.random.randrange(2**32)}
            freeze = self.random.randint(1, 12) if number == frozen else None
            jobs.append(replace(job, freeze=freeze, **about))
        done = await self.racers.race(jobs, asleep=ASLEEP)
        awake = max(each.slowest for number, each in enumerate(done) if number != frozen)
        print(f"slowest {awake:.2f} s; again {sum(t.again for t in done)}; {sum((t.did for t in done), Counter())}")
        if frozen is not None and done[frozen].did["frozen"]:
            assert done[frozen].again, "what it wrote before it froze must be refused when it wakes"
        if not self.town.db.is_sqlite:
            assert awake < HUNG_AFTER + ALLOWED
        self.told += done

    def job(self, now: datetime, **more: object) -> Job:
        there = frozenset(each.account.id for each in PEOPLE)
        return Job(now=now, seed=0, organizer=ORGANIZER.account, there=there, **more)


@pytest.fixture
async def crowd(db_url: str) -> AsyncIterator[Crowd]:
    """Everybody has been met, and the advocates have their links; eight workers, or three on SQLite."""
    seed = randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    db = Database(db_url)
    count = 3 if db.is_sqlite else 8
    async with racers(db_url, count=count, hung_after=HUNG_AFTER) as some:
        yield Crowd(Town(db, FakeClock(STARTS)), some, Random(seed), [], not db.is_sqlite and sys.platform == "linux")
    await db.close()


async def told_of_friends(crowd: Crowd) -> tuple[tuple[Fact, ...], ...]:
    """What the platform tells of each friend: they open somebody's link, and come in."""
    town = crowd.town
    links = [await town.code_of(each) for each in ADVOCATES]
    await town.take(started(ORGANIZER, town.now, "nobody's"))
    found = []
    for number, friend in enumerate(PEOPLE):
        code = links[number % len(links)]
        coming = started(friend, town.now, code), joined(friend, town.now + timedelta(seconds=5))
        found.append(coming)
    return tuple(found)


@pytest.mark.parametrize("race", range(RACES))
async def test_whatever_many_workers_do_at_once_happens_once(crowd: Crowd, race: int) -> None:
    town = crowd.town
    limits = Limits(points=POINTS)
    others = [shared(f"other-{n}", rewards=(PODIUM, RAFFLE), codes={}) for n in range(OTHERS)]
    await town.apply(shared(limits=limits), *others)
    facts = await told_of_friends(crowd)

    await crowd.race(crowd.job(STARTS + timedelta(minutes=1), sweeps=4), facts=facts)
    assert await counted(town, _REFERRAL) == FRIENDS

    now = STARTS + 2 * DAY
    await crowd.race(crowd.job(now, sweeps=6), codes=CODES)  # all have stayed; codes and points are for some of them
    assert await spent(town) == POINTS
    assert await held(town) == {"codes/welcome": FRIENDS - CODES, "budget/points": FRIENDS - POINTS // 10}
    await assert_audited(town.db)

    town.clock.advance(days=3)
    await town.apply(shared())
    await crowd.race(crowd.job(town.now, sweeps=3), codes=FRIENDS, freezes=False)
    assert await held(town) == {}

    late = RESULTS + timedelta(minutes=1)
    await crowd.race(crowd.job(late, sweeps=2))
    assert await keys(town, "results") == sorted(f"results/{n}" for n in range(1, OTHERS + 2))

    await everything_once(crowd)


async def everything_once(crowd: Crowd) -> None:
    """Each grant, code, text and tick; and the books are right."""
    town = crowd.town
    async with town.db.read() as tx:
        grants = await rows_of(tx, select(_GRANT))
        given = [row.cause for row in await rows_of(tx, select(_CODE)) if row.cause is not None]
        left = await rows_of(tx, select(_OUTBOX.c.key))
        balances = await ledger.balances(tx)
    by_reward = Counter(each.reward for each in grants)
    assert by_reward == {"thanks": FRIENDS, "code": FRIENDS, "poster": FRIENDS, "podium": 2}
    gifts = [each.gift for each in grants if each.reward == "code"]
    assert len(set(gifts)) == len(gifts) == len(set(given)) == FRIENDS
    assert all(each.delivered_at is not None for each in grants if each.reward == "code")
    assert sum(balances.values()) == 0
    assert sum(n for account, n in balances.items() if account.startswith("member/")) == 10 * FRIENDS + 200
    brought = Counter(key for told in crowd.told for key in told.brought)
    twice = [key for key, times in brought.items() if times > 1 and not key.startswith("ask")]
    assert twice == []
    assert {f"reward/{each.cause}" for each in grants if each.reward == "code"} <= brought.keys()
    assert left == []
    ticked = Counter(cause for told in crowd.told for cause in told.handed)
    assert ticked == {each.cause: 1 for each in grants if each.reward == "poster"}
    await assert_audited(town.db)


async def counted(town: Town, table: object) -> int:
    async with town.db.read() as tx:
        return int((await tx.execute(select(func.count()).select_from(table))).scalar_one())


async def spent(town: Town) -> int:
    async with town.db.read() as tx:
        [row] = await rows_of(tx, select(_BUDGET).where(_BUDGET.c.unit == "points"))
    return int(row.spent)


async def held(town: Town) -> dict[str, int]:
    """How many wait for what."""
    async with town.db.read() as tx:
        rows = await rows_of(tx, select(_GRANT).where(_GRANT.c.waits_for.is_not(None)))
    return dict(Counter(row.waits_for for row in rows))


async def keys(town: Town, kind: str) -> list[str]:
    async with town.db.read() as tx:
        return sorted(row.key for row in await rows_of(tx, select(_FACT).where(_FACT.c.kind == kind)))


async def test_of_all_who_want_the_last_code_one_has_it(crowd: Crowd) -> None:
    """A11: everybody qualifies at once, with a pool of one."""
    town = crowd.town
    await town.apply(shared(rewards=(CODE,)))
    facts = await told_of_friends(crowd)
    async with town.db.begin() as tx:
        await codes.add(tx, (await codes.pools(tx))[0].id, ["the-last"])
    await town.take(*(fact for some in facts for fact in some))
    await crowd.race(crowd.job(STARTS + 2 * DAY, sweeps=5), freezes=False)
    assert await held(town) == {"codes/welcome": FRIENDS - 1}
    async with town.db.read() as tx:
        [pool] = await codes.pools(tx)
        [cause] = [row.cause for row in await rows_of(tx, select(_CODE))]
        assert (pool.left, pool.waiting) == (0, FRIENDS - 1)
        grant = await rewards.get(tx, cause)
    assert grant is not None
    assert grant.gift == "the-last"
    await assert_audited(town.db)

"""Whatever friends do once they have come, and organizers say: what counts, and earns, is what a few rules say."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.campaign.values import Holding, Limits, Qualify
from core.database import Database
from core.referrals import Status
from tests.clock import FakeClock
from tests.core.test_holding import PROMISED, OfTwoChats, result
from tests.core.test_rulings import rule
from tests.depth import times
from tests.emptied import emptied
from tests.people import ANA, BEN, ORGANIZER, SALON, STARTS, a_campaign, a_person, assert_audited

ADVOCATES = (ANA, BEN)
FRIENDS = [a_person(500 + n, f"Friend {n}") for n in range(4)]
DAY = timedelta(days=1)
DONE, CLAWBACK, MOST = 3 * DAY, 4 * DAY, 2
CAMPAIGN = a_campaign(
    rewards=PROMISED,
    chats=(SALON,),
    ends=None,
    qualify=Qualify(stay=2 * DAY),
    holding=Holding(wait=DAY, clawback=CLAWBACK),
    limits=Limits(per_advocate=MOST),
)


@dataclass
class Friend:
    """What one friend did, and what was said of them."""

    advocate: int | None = None
    since: datetime | None = None
    there: bool = False
    qualified_at: datetime | None = None
    good: bool = False
    ruled: bool | None = None

    def turn(self, now, *, there):
        self.there = there
        if there:
            self.since = now
        if self.qualified_at is not None and now <= self.qualified_at + CLAWBACK:
            self.good = there

    def look(self, now):
        if self.qualified_at is None and self.there and now >= self.since + DONE:
            self.qualified_at, self.good = now, True

    def counts(self):
        return self.good if self.ruled is None else self.ruled


friend, advocate = st.integers(0, len(FRIENDS) - 1), st.integers(0, len(ADVOCATES) - 1)
deeds = st.one_of(
    st.tuples(st.just("come"), friend, advocate),
    st.tuples(st.just("come"), friend, advocate),
    st.tuples(st.just("leave"), friend),
    st.tuples(st.just("leave"), friend),
    st.tuples(st.just("wait"), st.sampled_from([1, 2, 3])),
    st.tuples(st.just("wait"), st.sampled_from([1, 4])),
    st.tuples(st.just("rule"), friend, st.booleans()),
)
all_come = st.tuples(*(st.tuples(st.just("come"), st.just(each), advocate) for each in range(len(FRIENDS))))
first = st.tuples(all_come, st.sampled_from([(), (("wait", 4),), (("wait", 5),)]))
stories = st.tuples(first, st.lists(deeds, max_size=14)).map(lambda parts: [*parts[0][0], *parts[0][1], *parts[1]])


class Story:
    def __init__(self, town):
        self.town, self.friends, self.rulings = town, [Friend() for _ in FRIENDS], 0

    async def come(self, who, by):
        mine = self.friends[who]
        if not mine.there:
            mine.advocate = by if mine.advocate is None else mine.advocate
            await self.town.come(FRIENDS[who], by=ADVOCATES[by])
            mine.turn(self.town.now, there=True)

    async def leave(self, who):
        if self.friends[who].there:
            await self.town.leave(FRIENDS[who])
            self.friends[who].turn(self.town.now, there=False)

    async def rule(self, who, counts):
        mine = self.friends[who]
        if mine.advocate is not None and mine.ruled is None:
            mine.ruled, self.rulings = counts, self.rulings + 1
            assert (await rule(self.town, FRIENDS[who], counts, number=self.rulings)).problem is None

    async def wait(self, days):
        for _ in range(days):
            await self.town.pass_days(1)
            for each in self.friends:
                each.look(self.town.now)

    async def check(self):
        await assert_audited(self.town.db)
        counting = [0] * len(ADVOCATES)
        for who, mine in zip(FRIENDS, self.friends, strict=True):
            if mine.advocate is not None:
                referral = await self.town.referral(who)
                assert referral.status.is_good is mine.counts(), who.name
                assert referral.advocate_id == (await self.town.member(ADVOCATES[mine.advocate])).id
                assert (await result(self.town, who))[1] == mine.counts()
                counting[mine.advocate] += referral.counts
                was_lost = mine.qualified_at is not None and not mine.counts()
                assert (referral.status is Status.REVERSED) <= (was_lost or mine.ruled is False)
        for who, n in zip(ADVOCATES, counting, strict=True):
            ruled_in = sum(bool(each.ruled) for each in self.friends)
            assert n <= MOST + ruled_in
            assert await result(self.town, who) == (n, 10 * n + 100 * (n >= 2))


async def tell(db, story):
    await emptied(db)
    town = OfTwoChats(db, FakeClock(STARTS + timedelta(hours=1)))
    await town.apply(CAMPAIGN)
    for each in (*ADVOCATES, ORGANIZER):
        await town.code_of(each)
    told = Story(town)
    for what, *of in story:
        await getattr(told, what)(*of)
        await told.check()
    await told.wait(5)
    await told.check()


@pytest.fixture
async def one_sqlite(sqlite_url):
    db = Database(sqlite_url)
    yield db
    await db.close()


@pytest.fixture
async def one_postgres(postgres):
    url = postgres.new_database(like="sayso")
    db = Database(url)
    yield db
    await db.close()
    postgres.drop_database(url)


SOME = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


@given(stories)
@settings(SOME, max_examples=times(16))
async def test_on_sqlite_what_counts_is_what_the_rules_say(one_sqlite, story):
    await tell(one_sqlite, story)


@given(stories)
@settings(SOME, max_examples=times(5))
async def test_on_postgres_too(one_postgres, story):
    await tell(one_postgres, story)

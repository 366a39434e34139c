"""Whoever links and parts, and whenever: standings, rewards and referrals are what a few plain rules say."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import ledger, totals
from core.campaign.values import Attribution, Holding, Platform, Reward, To
from core.database import Database
from tests.clock import FakeClock
from tests.core.persons_world import COMMUNITIES, GUILD, TwoTowns, a_campaign_on_both, on_discord
from tests.depth import times
from tests.emptied import emptied
from tests.people import ANA, BEN, FLO, POINTS, SALON, STARTS, assert_audited, joined, left, started

PEOPLE = (ANA, BEN, FLO, on_discord(ANA), on_discord(BEN), on_discord(FLO))
BEGINS = STARTS + timedelta(hours=1)
STEP = timedelta(hours=7)
STAY = timedelta(days=3)
REWARDS = (
    POINTS,
    Reward(id="pair", to=To.ADVOCATE, kind="points", setting=100, every=2),
    Reward(id="second", to=To.ADVOCATE, kind="points", setting=1000, at=2),
    Reward(id="gift", to=To.FRIEND, kind="points", setting=1),
)
LONG_ENOUGH = Holding(clawback=timedelta(days=90))
"""Longer than a story takes."""
CAMPAIGN = replace(
    a_campaign_on_both(rewards=REWARDS, attribution=Attribution(window=timedelta(days=60)), holding=LONG_ENOUGH),
    communities=(COMMUNITIES[0], COMMUNITIES[2]),
)


class TwoPlaces(TwoTowns):
    """Here it matters in which of the chats somebody is."""

    def finds(self, account, chat):
        return (account, chat) in self.there


@dataclass
class Account:
    """What one account did."""

    advocate: int | None = None
    arrived: int | None = None
    left: bool = False
    settled: bool = False


@dataclass
class Model:
    """The rules, as plainly as they can be said."""

    accounts: list[Account] = field(default_factory=lambda: [Account() for _ in PEOPLE])
    person: list[int] = field(default_factory=lambda: list(range(len(PEOPLE))))
    seconds: dict[int, int] = field(default_factory=dict)  # how often each person has the reward of the second friend
    now: int = 0

    def group(self, who):
        return [each for each in range(len(PEOPLE)) if self.person[each] == self.person[who]]

    def alone(self, who):
        """Where its referral would stand if it were the only account."""
        mine = self.accounts[who]
        if mine.advocate is None:
            return None
        if self.person[mine.advocate] == self.person[who]:
            return "reversed" if mine.settled else "rejected"
        if mine.settled:
            return "reversed" if self.gone(who) else "counts"
        if mine.arrived is None:
            return "expected"
        if mine.left:
            return "rejected"
        return "counts" if (self.now - mine.arrived) * STEP >= STAY else "there"

    def gone(self, who):
        """Whether the person is there by none of their accounts any more."""
        return all(self.accounts[each].left for each in self.group(who) if self.accounts[each].arrived is not None)

    def stands(self, who):
        alone = self.alone(who)
        if alone in (None, "rejected", "reversed"):
            return alone
        of = {each: self.alone(each) for each in self.group(who)}
        settled = [each for each in of if of[each] == "counts" and self.accounts[each].settled]
        done = [each for each in of if of[each] == "counts"]
        there = [each for each in of if of[each] == "there"]
        candidates = settled or done or there
        if candidates and min(candidates, key=lambda each: self.accounts[each].arrived) != who:
            return "reversed" if self.accounts[who].settled else "rejected"
        return "pending" if alone in ("expected", "there") else "counts"

    def look(self):
        """Time has passed, or something happened."""
        stand = [self.stands(who) for who in range(len(PEOPLE))]
        for who, each in enumerate(self.accounts):
            each.settled = each.settled or stand[who] == "counts"
        for person in set(self.person):
            group = self.group(person)
            due = int(self.counted(group) >= 2)
            kept = max(due, sum(self.counted([each]) >= 2 for each in group))
            self.seconds[person] = min(max(self.seconds.get(person, 0), due), kept)

    def counted(self, advocates, what="counts"):
        return sum(self.accounts[who].advocate in advocates and self.stands(who) == what for who in range(len(PEOPLE)))

    def link(self, one, other):
        first = min(one, other)
        self.seconds[first] = self.seconds.get(one, 0) + self.seconds.get(other, 0)
        self.person[one] = self.person[other] = first

    def part(self, who):
        for each in self.group(who):
            self.person[each] = each
            self.seconds[each] = int(self.counted([each]) >= 2)

    def result(self, person):
        group = self.group(person)
        n = self.counted(group)
        gifts = sum(self.stands(each) == "counts" for each in group)
        points = 10 * n + 100 * (n // 2) + 1000 * self.seconds.get(person, 0) + gifts
        return self.counted(group, "pending"), n, points


who = st.integers(0, len(PEOPLE) - 1)
LONG = 11
"""So many steps, and everybody has stayed."""

deeds = st.one_of(
    st.tuples(st.just("come"), who, who),
    st.tuples(st.just("start"), who, who),
    st.tuples(st.just("join"), who),
    st.tuples(st.just("leave"), who),
    st.tuples(st.just("link"), st.integers(0, 2), st.integers(3, 5)),
    st.tuples(st.just("link"), st.integers(0, 2), st.integers(3, 5)),
    st.tuples(st.just("part"), who),
    st.tuples(st.just("wait"), st.sampled_from([1, 4, LONG])),
)
come_first = st.tuples(*(st.tuples(st.just("come"), st.just(each), who) for each in range(len(PEOPLE))))
first_wait = st.sampled_from([(), (("wait", LONG),)])
stories = st.tuples(st.permutations(range(len(PEOPLE))), come_first, first_wait, st.lists(deeds, max_size=12)).map(
    lambda parts: [*(parts[1][each] for each in parts[0][:5]), *parts[2], *parts[3]]
)


def chat_of(person):
    return SALON if person.account.platform is Platform.TELEGRAM else GUILD


class Story:
    """What happens in the town, and the same in the model."""

    def __init__(self, town, codes):
        self.town, self.codes, self.model = town, codes, Model()

    async def tell(self, what, *of):
        await getattr(self, what)(*of)
        await self.pass_on()

    async def pass_on(self):
        self.model.look()
        await self.town.settle()
        self.town.clock.advance(seconds=STEP.total_seconds())
        self.model.now += 1
        self.model.look()
        await self.town.settle()

    async def come(self, one, advocate):
        await self.start(one, advocate)
        await self.join(one)

    async def start(self, one, advocate):
        mine = self.model.accounts[one]
        if mine.advocate is None and mine.arrived is None:
            if self.model.person[one] != self.model.person[advocate]:
                mine.advocate = advocate
            await self.town.take(started(PEOPLE[one], self.town.now, self.codes[advocate]))
            self.town.clock.advance(seconds=1)

    async def join(self, one):
        mine, person = self.model.accounts[one], PEOPLE[one]
        if mine.arrived is None:
            mine.arrived = self.model.now
            self._a_moment_passes()
            self.town.there.add((person.account, chat_of(person)))
            await self.town.take(joined(person, self.town.now, chat=chat_of(person)))

    async def leave(self, one):
        mine, person = self.model.accounts[one], PEOPLE[one]
        if mine.arrived is not None and not mine.left:
            mine.left = True
            self._a_moment_passes()
            self.town.there.discard((person.account, chat_of(person)))
            await self.town.take(left(person, self.town.now, chat=chat_of(person)))

    def _a_moment_passes(self):
        """What happens in the very instant of the platform's answer came before it."""
        self.town.clock.advance(seconds=1)

    async def link(self, one, other):
        alone = len(self.model.group(one)) == len(self.model.group(other)) == 1
        if alone and PEOPLE[one].account.platform is not PEOPLE[other].account.platform:
            self.model.link(one, other)
            self.model.look()
            assert (await self.town.link(PEOPLE[one], PEOPLE[other])).other is not None
            await self.compare()

    async def part(self, one):
        if len(self.model.group(one)) > 1:
            self.model.part(one)
            self.model.look()
            await self.town.unlink(PEOPLE[one])
            await self.town.settle()  # whoever counts only now is confirmed first
            await self.compare()

    async def wait(self, steps):
        for _ in range(steps):
            await self.pass_on()

    async def compare(self):
        await assert_audited(self.town.db)
        members = [(await self.town.member(each)).id for each in PEOPLE]
        campaign_id = (await self.town.campaign()).id
        async with self.town.db.read() as tx:
            standings = await totals.standings(tx, members)
            held = await ledger.balances(tx)
        for at, person in enumerate(PEOPLE):
            is_first = self.model.person[at] == at
            standing = standings.get((campaign_id, members[at]), totals.Standing())
            found = (standing.pending, standing.qualified, standing.points)
            assert found == (self.model.result(at) if is_first else (0, 0, 0)), person.name
            assert held.get(ledger.purse(campaign_id, members[at]), 0) == standing.points
            assert _word(await self.town.referral(person)) == self.model.stands(at), person.name


def _word(referral):
    if referral is None:
        return None
    return "counts" if referral.status in ("qualified", "rewarded") else str(referral.status)


async def check(db, story):
    await emptied(db)
    town = TwoPlaces(db, FakeClock(BEGINS))
    await town.apply(CAMPAIGN)
    told = Story(town, [await town.code_of(each) for each in PEOPLE])
    for what, *of in story:
        await told.tell(what, *of)
    await told.compare()
    await told.wait(LONG + 1)
    await told.compare()
    before = await town.everything()
    for one, other in ((0, 4), (1, 3), (2, 5)):
        if len(told.model.group(one)) == len(told.model.group(other)) == 1:
            for _ in range(2):
                await town.link(PEOPLE[one], PEOPLE[other])
                await assert_audited(db)
                await town.unlink(PEOPLE[other])
                assert await town.everything() == before
    await assert_audited(db)


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
@settings(SOME, max_examples=times(14))
async def test_on_sqlite_who_links_and_parts_has_what_the_rules_say(one_sqlite, story):
    await check(one_sqlite, story)


@given(stories)
@settings(SOME, max_examples=times(5))
async def test_on_postgres_too(one_postgres, story):
    await check(one_postgres, story)

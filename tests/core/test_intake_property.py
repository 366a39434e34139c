"""Whatever a few people do in two chats: heard of twice, late and in any order, it comes to the same in the end.

One town hears of everything as it happens. Another one hears nothing for two days, and then all of it at once:
shuffled, with repeats and in pieces. Nobody can have stayed long enough before both know everything.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import intake, ledger, members
from core.attribution import Found, Way
from core.campaign.values import Attribution, Holding, Qualify, Reward, To
from core.campaign.values import Touch as Counts
from core.conversions import Converted
from core.database import Database, rows_of, table_of
from core.intake.facts import Traced
from core.journal.table import FactRow
from core.referrals import Status
from core.rewards.table import GrantRow
from tests.clock import FakeClock
from tests.depth import times
from tests.emptied import emptied
from tests.people import (
    ANA,
    ATELIER,
    BEN,
    FLO,
    GUS,
    POINTS,
    SALON,
    STARTS,
    Town,
    a_campaign,
    assert_audited,
    joined,
    left,
    requested,
    shared,
    spoke,
    started,
)

PEOPLE = (ANA, BEN, FLO, GUS)
ADVOCATES = (ANA, BEN)
CHATS = (SALON, ATELIER)
BEGINS = STARTS + timedelta(hours=1)
SILENCE = timedelta(days=2)
REWARDS = (
    POINTS,
    Reward(id="pair", to=To.ADVOCATE, kind="points", setting=100, every=2),
    Reward(id="third", to=To.ADVOCATE, kind="points", setting=1000, at=3),
    Reward(id="gift", to=To.FRIEND, kind="points", setting=1),
)


class OfTwoChats(Town):
    """Here it matters in which of the chats somebody is; and one may be told of purchases among other facts."""

    def finds(self, account, chat):
        return (account, chat) in self.there

    async def take(self, *facts):
        for bought, some in groupby(facts, key=lambda fact: isinstance(fact, Converted)):
            if not bought:
                done = await super().take(*some)
                continue
            async with self.db.begin() as tx:
                done = [await intake.converted(tx, fact, now=self.now) for fact in some]
        return done

    def see(self, fact):
        """The platform knows at once."""
        if isinstance(fact, Converted):
            return
        if fact.key.startswith("joined"):
            self.there.add((fact.person.account, fact.chat))
        elif fact.key.startswith("left"):
            self.there.discard((fact.person.account, fact.chat))


person = st.integers(0, len(PEOPLE) - 1)
advocate = st.integers(0, len(ADVOCATES) - 1)
chat = st.integers(0, len(CHATS) - 1)
minute = st.integers(0, 47 * 2).map(lambda halves: halves * 30)
ways = st.frozensets(advocate, max_size=2)
traces = st.none() | st.tuples(ways, st.booleans(), st.none() | ways.filter(lambda some: len(some) < 2))
"""What comparing invites finds of a join, or by none of them; and what the platform itself says in the end."""
deeds = st.one_of(
    st.tuples(minute, st.just("start"), person, advocate),
    st.tuples(minute, st.just("join"), person, chat, st.none() | advocate, traces, st.booleans()),
    st.tuples(minute, st.just("leave"), person, chat),
    st.tuples(minute, st.just("request"), person, chat, advocate),
    st.tuples(minute, st.just("speak"), person, chat),
    st.tuples(minute, st.just("share"), person, chat),
    st.tuples(minute, st.just("buy"), person),
)
stories = st.lists(deeds, max_size=14)
members_before = st.sets(st.tuples(person, chat), max_size=2)
CAMPAIGNS = {
    "usual": a_campaign(rewards=REWARDS),
    "last": a_campaign(rewards=REWARDS, attribution=Attribution(touch=Counts.LAST, window=timedelta(hours=20))),
    "spoken": a_campaign(rewards=REWARDS, qualify=Qualify(stay=timedelta(days=3), messages=1)),
    "bought": a_campaign(rewards=REWARDS, qualify=Qualify(stay=timedelta(days=3), conversion="order")),
    "held": a_campaign(
        rewards=REWARDS,
        qualify=Qualify(stay=timedelta(days=3), messages=1, conversion="order"),
        holding=Holding(wait=timedelta(days=1)),
    ),
    "short": a_campaign(rewards=REWARDS, starts=BEGINS + timedelta(hours=6), ends=BEGINS + timedelta(hours=30)),
}
campaigns = st.sampled_from(sorted(CAMPAIGNS))


async def told(town, story, before):
    """The story as facts, in the order of their times. Nobody joins who is there, or leaves who is not.

    Who was there before the campaign stays and joins no other chat: only a question put in time could tell that they
    were there (see `test_intake`, the two of another chat).
    """
    codes = [await town.code_of(each) for each in ADVOCATES]
    invites = [[await town.invite_of(each, where) for where in CHATS] for each in ADVOCATES]
    there, facts = set(before), []
    for order, (minutes, what, who, *where) in enumerate(sorted(story, key=lambda deed: deed[0])):
        at, somebody = BEGINS + timedelta(minutes=minutes, seconds=order), PEOPLE[who]  # a tie goes by the code
        place = (who, *where[:1])
        if what == "start":
            facts.append(started(replace(somebody, reachable=True), at, codes[where[0]]))
        elif what == "join" and place not in there and who not in {old for old, _ in before}:
            there.add(place)
            by = None if where[1] is None else invites[where[1]][where[0]]
            came = joined(somebody, at, chat=CHATS[where[0]], invite=by, order=order)
            facts.append(replace(came, returning=where[3]))
            facts.extend(traced(came, codes, where[2]) if by is None else ())  # a platform that says names one invite
        elif what == "leave" and place in there - before:
            there.discard(place)
            facts.append(left(somebody, at, chat=CHATS[where[0]], order=order))
        elif what == "request" and place not in there:
            facts.append(requested(somebody, at, chat=CHATS[where[0]], invite=invites[where[1]][where[0]]))
        elif what == "speak":
            facts.append(spoke(somebody, at, chat=CHATS[where[0]], number=order))
        elif what == "share":
            facts.append(shared(somebody, at, chat=CHATS[where[0]]))
        elif what == "buy":
            member = f"telegram:{somebody.account.id}"
            facts.append(Converted(id=f"{order}", name="order", at=at, member=member))
    return facts


def traced(came, codes, trace):
    """How the join came about: as far as it is known first, and as it is known at last."""
    if trace is None:
        return
    first, or_nobody, last = trace
    ways = tuple(Way(codes[each]) for each in sorted(first))
    before = found(first, sure=Found.PROBABLE, or_nobody=or_nobody)
    about = {"at": came.at, "person": came.person, "chat": came.chat}
    yield Traced(key=f"traced/{came.key}/1", found=before, how="compared", ways=ways, or_nobody=or_nobody, **about)
    if last is not None:
        now = found(last, sure=Found.EXACT, or_nobody=False)
        withdrawn = tuple(codes[each] for each in sorted(first - last))
        ways = tuple(Way(codes[each]) for each in last)
        told = {"found": now, "before": before, "withdrawn": withdrawn, "ways": ways}
        yield Traced(key=f"traced/{came.key}/2", how="searched", **told, **about)


def found(ways, *, sure, or_nobody):
    if not ways:
        return Found.UNATTRIBUTED if sure is Found.PROBABLE else Found.OTHERWISE
    return sure if len(ways) == 1 and not or_nobody else Found.AMBIGUOUS


async def begin(db, campaign, before):
    """An empty town in which the campaign has been applied and the advocates have their links."""
    await emptied(db)
    town = OfTwoChats(db, FakeClock(BEGINS))
    town.there = {(PEOPLE[who].account, CHATS[where]) for who, where in before}
    await town.apply(campaign)
    async with db.begin() as tx:
        await members.meet(tx, PEOPLE, now=town.now)  # a shop tells of nobody whom we have not met
    for each in ADVOCATES:
        await town.code_of(each)
    return town


async def as_it_happens(town, facts):
    for fact in facts:
        town.clock.advance(seconds=(fact.at - town.now).total_seconds())
        town.see(fact)
        await town.take(fact)
        await town.settle()
        await assert_it_is_known_what_is_missing(town)


async def late(town, facts, random):
    """All at once, two days later: in pieces of any size, with questions and answers between."""
    town.clock.advance(seconds=SILENCE.total_seconds())
    for fact in facts:
        town.see(fact)
    again = repeatable(facts)
    heard = facts + random.choices(again, k=random.randint(0, len(again))) if again else list(facts)
    random.shuffle(heard)
    while heard:
        size = random.choice([1, 1, 2, 3, 20])
        await town.take(*heard[:size])
        del heard[:size]
        town.clock.advance(seconds=random.choice([0, 1, 40, 700]))
        await random.choice([town.look, town.deliver, nothing])()


def repeatable(facts):
    """What may be told twice; a message is told once."""
    return [fact for fact in facts if isinstance(fact, Converted) or not fact.key.startswith("spoke")]


async def nothing():
    pass


async def until_it_is_over(town):
    """Time passes until everybody has stayed, or never came."""
    for after in (6, 7, 15):
        town.clock.advance(seconds=(BEGINS + timedelta(days=after) - town.now).total_seconds())
        await town.settle()
        await assert_it_is_known_what_is_missing(town)


async def assert_it_is_known_what_is_missing(town):
    """Of every pending referral, and what is named first is why it is pending."""
    members = [await town.member(each) for each in PEOPLE]
    campaign_id = (await town.campaign()).id
    found = {
        (campaign_id, each.id): await town.referral(who) for each, who in zip(members, PEOPLE, strict=True) if each
    }
    pending = {key: each.reason for key, each in found.items() if each is not None and each.status is Status.PENDING}
    async with town.db.read() as tx:
        missing = await intake.missing(tx, [key for key, each in found.items() if each], now=town.now)
    assert {key: each.reason for key, each in missing.items()} == pending


async def outcome(town):
    """Who is whose, what everybody got, and what was counted."""
    referrals = [await town.referral(each) if await town.member(each) else None for each in PEOPLE]
    names = {(await town.member(each)).id: each.name for each in ADVOCATES}
    found = [each and (names[each.advocate_id], each.status.value, each.confidence.value) for each in referrals]
    campaign_id = (await town.campaign()).id
    members = [await town.member(each) for each in PEOPLE]
    async with town.db.read() as tx:
        held = await ledger.balances(tx)
        grants = [row.cause for row in await rows_of(tx, table_of(GrantRow).select())]
        lines = len(await rows_of(tx, table_of(FactRow).select()))
    points = [member and held.get(ledger.purse(campaign_id, member.id), 0) for member in members]
    assert sum(held.values()) == 0
    assert len(grants) == len(set(grants))
    return (found, points, await town.totals()), lines


async def compare(dbs, campaign, before, story, seed):
    one, other = [await begin(db, CAMPAIGNS[campaign], before) for db in dbs]
    facts = await told(one, story, before)
    await as_it_happens(one, facts)
    await until_it_is_over(one)
    expected, _ = await outcome(one)
    await assert_audited(one.db)

    facts = await told(other, story, before)
    await late(other, facts, Random(seed))
    await assert_audited(other.db)
    await until_it_is_over(other)
    found, lines = await outcome(other)
    assert found == expected
    if again := repeatable(facts):
        await other.take(*again)
    await other.settle()
    assert await outcome(other) == (found, lines)
    await assert_audited(other.db)


@pytest.fixture
async def two_sqlite(sqlite_url, tmp_path):
    copy = tmp_path / "other.db"
    copy.write_bytes((tmp_path / "sayso.db").read_bytes())
    dbs = [Database(sqlite_url), Database(f"sqlite:///{copy}")]
    yield dbs
    for each in dbs:
        await each.close()


@pytest.fixture
async def two_postgres(postgres):
    urls = [postgres.new_database(like="sayso") for _ in range(2)]
    dbs = [Database(url) for url in urls]
    yield dbs
    for each, url in zip(dbs, urls, strict=True):
        await each.close()
        postgres.drop_database(url)


SOME = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


@given(campaigns, members_before, stories, st.integers(0, 2**32))
@settings(SOME, max_examples=times(30))
async def test_on_sqlite_late_and_twice_and_shuffled_is_the_same_in_the_end(two_sqlite, campaign, before, story, seed):
    await compare(two_sqlite, campaign, before, story, seed)


@given(campaigns, members_before, stories, st.integers(0, 2**32))
@settings(SOME, max_examples=times(10))
async def test_on_postgres_too(two_postgres, campaign, before, story, seed):
    await compare(two_postgres, campaign, before, story, seed)

"""How many friends count for one advocate: in all, and in a day of the campaign's own time zone."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core import intake, totals
from core.campaign.rules import day_of
from core.campaign.values import Limits, Qualify, Reward, To
from core.referrals import Missing
from tests.core.persons_world import TwoTowns, a_campaign_on_both, on_discord
from tests.core.test_intake import patiently
from tests.people import (
    ANA,
    BEN,
    ENDS,
    FLO,
    GUS,
    POINTS,
    SALON,
    Town,
    a_campaign,
    a_person,
    assert_audited,
    joined,
    left,
    started,
)

GIFT = Reward(id="gift", to=To.FRIEND, kind="points", setting=1)
PAIR = Reward(id="pair", to=To.ADVOCATE, kind="points", setting=100, every=2)
PROMISED = (POINTS, PAIR, GIFT)
CROWD = [a_person(300 + n, f"Friend {n}") for n in range(7)]


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "starts", "ends", "hours"),
    [
        ("Europe/Paris", "2026-12-01 22:59", "2026-11-30 23:00", "2026-12-01 23:00", 24),
        ("Europe/Paris", "2026-12-01 23:00", "2026-12-01 23:00", "2026-12-02 23:00", 24),
        ("Europe/Paris", "2027-03-28 12:00", "2027-03-27 23:00", "2027-03-28 22:00", 23),
        ("Europe/Paris", "2026-10-25 00:30", "2026-10-24 22:00", "2026-10-25 23:00", 25),
        ("Africa/Cairo", "2026-04-24 12:00", "2026-04-23 22:00", "2026-04-24 21:00", 23),
        ("America/Havana", "2026-11-01 12:00", "2026-11-01 04:00", "2026-11-02 05:00", 25),
        ("Asia/Kathmandu", "2026-12-01 18:15", "2026-12-01 18:15", "2026-12-02 18:15", 24),
    ],
)
def test_a_day_is_the_campaigns_and_may_be_shorter_or_longer(zone, now, starts, ends, hours):
    """In Cairo and Havana the clocks change at midnight: there the day begins when they show one, or twice."""
    found = day_of(zone, utc(now))
    assert found == (utc(starts), utc(ends))
    assert found[1] - found[0] == timedelta(hours=hours)


async def a_town(db, clock, *, limits, **changes):
    town = Town(db, clock)
    await town.apply(a_campaign(**{"limits": limits, "rewards": PROMISED, **changes}))
    return town


async def come(town, friends, *, by=ANA, at=None):
    """All of them through the advocate's link, in one batch."""
    code = await town.code_of(by)
    town.there |= {each.account for each in friends}
    pressed = [started(each, town.now, code) for each in friends]
    await town.take(*pressed, *(joined(each, town.now) for each in friends))


async def result(town, person=ANA):
    member, applied = await town.member(person), await town.campaign()
    async with town.db.read() as tx:
        found = (await totals.standings(tx, [member.id])).get((applied.id, member.id), totals.Standing())
    return found.pending, found.qualified, found.points


async def reasons(town, friends):
    return [(await town.referral(each)).reason.value for each in friends]


async def test_beyond_what_counts_for_one_advocate_friends_still_get_what_is_theirs(db, clock):
    town = await a_town(db, clock, limits=Limits(per_advocate=3))
    await come(town, CROWD)
    await town.pass_time(days=3)
    assert await reasons(town, CROWD) == ["rewarded"] * 3 + ["over_limit"] * 4
    assert await result(town) == (0, 3, 30 + 100)
    assert [(await result(town, each))[2] for each in CROWD] == [1] * 7
    assert [(await town.referral(each)).counts for each in CROWD] == [True] * 3 + [False] * 4
    assert (await town.totals())["referrals.rewarded"] == 7
    await assert_audited(db)


async def test_a_place_that_is_given_up_is_for_the_next_and_who_comes_back_finds_it_taken(db, clock):
    town = await a_town(db, clock, limits=Limits(per_advocate=2), chats=(SALON,))
    await come(town, [FLO, GUS])
    await town.pass_time(days=3)
    clock.advance(seconds=1)
    await town.take(left(FLO, town.now))
    await come(town, CROWD[:1])
    await town.pass_time(days=3)
    assert await reasons(town, [FLO, GUS, CROWD[0]]) == ["left_after", "rewarded", "rewarded"]
    await town.take(joined(FLO, town.now))
    assert await reasons(town, [FLO, GUS, CROWD[0]]) == ["over_limit", "rewarded", "rewarded"]
    assert (await result(town))[1:] == (2, 120)
    assert (await result(town, FLO))[2] == 1
    await assert_audited(db)


async def test_beyond_what_counts_in_a_day_friends_count_on_the_next_and_none_is_lost(db, clock):
    town = await a_town(db, clock, limits=Limits(per_advocate_per_day=3))
    await come(town, CROWD)
    await town.pass_time(days=3)
    assert await reasons(town, CROWD) == ["rewarded"] * 3 + ["day_full"] * 4
    assert await result(town) == (4, 3, 130)
    midnight = day_of("Europe/Paris", town.now)[1]
    assert (await town.referral(CROWD[3])).look_at == midnight
    waits = (await town.campaign()).id, (await town.member(CROWD[3])).id
    async with db.read() as tx:
        assert await intake.missing(tx, [waits], now=town.now) == {waits: Missing(day_full_until=midnight)}
    for day, counting in ((1, 6), (2, 7), (3, 7)):
        clock.advance(seconds=(midnight + (day - 1) * timedelta(days=1) - town.now).total_seconds() - 1)
        await town.settle()
        assert (await result(town))[1] == min(7, 3 * day)
        clock.advance(seconds=1)
        await town.settle()
        assert (await result(town))[1] == counting
    assert await result(town) == (0, 7, 70 + 300)
    await assert_audited(db)


async def test_who_leaves_while_the_day_is_full_does_not_count_on_the_next(db, clock):
    town = await a_town(db, clock, limits=Limits(per_advocate_per_day=1))
    await come(town, [FLO, GUS])
    await town.pass_time(days=3)
    town.there.discard(GUS.account)
    clock.advance(days=2)  # nothing is heard of it, and the last answer is older than a day
    await town.settle()
    assert await reasons(town, [FLO, GUS]) == ["rewarded", "left_early"]
    await assert_audited(db)


@pytest.mark.parametrize(
    ("changes_at", "hours"),
    [("2027-03-28 01:00", 23), ("2027-10-31 01:00", 25)],
    ids=["forward", "back"],
)
async def test_on_the_nights_when_the_clocks_change_a_day_is_one_day(db, clock, changes_at, hours):
    """Three friends, one a day: each local day has one, whether it has 23 hours or 25."""
    starts, _ = day_of("Europe/Paris", utc(changes_at))
    clock.advance(seconds=(starts - timedelta(days=1, hours=2) - clock.now()).total_seconds())
    town = await a_town(db, clock, limits=Limits(per_advocate_per_day=1), qualify=Qualify(), ends=None, chats=(SALON,))
    await come(town, CROWD[:4])
    counted = []
    for _ in range(2 * 77):
        await town.settle()
        counted.append((await result(town))[1])
        clock.advance(minutes=30)
    assert sorted(set(counted)) == [1, 2, 3, 4]
    assert [counted.count(n) for n in (1, 2, 3)] == [2 * 2, 2 * 24, 2 * hours]
    await assert_audited(db)


async def test_it_is_the_person_who_is_limited_by_whichever_account(db, clock):
    town = TwoTowns(db, clock)
    limits = Limits(per_advocate=3, per_advocate_per_day=2)
    await town.apply(a_campaign_on_both(limits=limits, rewards=(POINTS, GIFT)))
    await come(town, CROWD[:2])
    await come(town, CROWD[2:4], by=on_discord(ANA))
    await town.link(ANA, on_discord(ANA))
    await town.pass_time(days=3)
    assert await reasons(town, CROWD[:4]) == ["rewarded", "rewarded", "day_full", "day_full"]
    await town.pass_time(days=1)
    assert await reasons(town, CROWD[:4]) == ["rewarded", "rewarded", "rewarded", "over_limit"]
    assert await result(town) == (0, 3, 30)
    await assert_audited(db)
    before = await town.everything()
    await town.unlink(ANA)
    assert await result(town) == (0, 2, 20)
    assert await result(town, on_discord(ANA)) == (0, 1, 10)
    await assert_audited(db)
    await town.link(ANA, on_discord(ANA))
    assert await town.everything() == before


async def test_two_advocates_do_not_share_a_limit(db, clock):
    town = await a_town(db, clock, limits=Limits(per_advocate=2, per_advocate_per_day=1))
    await come(town, CROWD[:2])
    await come(town, CROWD[2:4], by=BEN)
    await town.pass_time(days=3)
    assert ((await result(town))[1], (await result(town, BEN))[1]) == (1, 1)
    await town.pass_time(days=1)
    assert ((await result(town))[1], (await result(town, BEN))[1]) == (2, 2)
    await assert_audited(db)


async def test_of_many_who_are_told_at_once_no_more_count_than_may(postgres_db, clock):
    """Eight workers, a friend each, and the last three places."""
    limits = Limits(per_advocate=5, per_advocate_per_day=3)
    town = await a_town(postgres_db, clock, limits=limits, ends=ENDS + timedelta(days=30))
    crowd = [a_person(400 + n, f"Friend {n}") for n in range(16)]
    await come(town, crowd)
    clock.advance(days=4)
    for counting in (3, 5):
        await asyncio.gather(*(patiently(town.settle) for _ in range(8)))
        assert (await result(town))[1] == counting
        clock.advance(days=1)
    await asyncio.gather(*(patiently(town.settle) for _ in range(8)))
    found = await reasons(town, crowd)
    assert (found.count("rewarded"), found.count("over_limit")) == (5, 11)
    assert (await result(town))[1:] == (5, 50 + 200)
    await assert_audited(postgres_db)

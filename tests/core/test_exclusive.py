"""Exclusive posts reach the friends who came through an advocate, each once, and nobody else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.schedule import do_due
from core import campaign as campaigns
from core import outbox, rewards
from core.attribution.rules import Confidence
from core.campaign.values import Limits, Post, Qualify
from core.intake.exclusive import APART, is_for
from core.referrals import Reason, Referral, Status
from tests.depth import times
from tests.emptied import emptied
from tests.people import (
    ANA,
    BEN,
    POINTS,
    SALON,
    STARTS,
    WELCOME,
    Town,
    a_campaign,
    a_person,
    assert_audited,
    joined,
    left,
    started,
)

DAY = timedelta(days=1)
SECRET = Post(id="secret", text={"en": "Psst", "fr": "Chut"}, exclusive=True)
LATER = Post(id="later", text={"*": "Later"}, exclusive=True, at=STARTS + 5 * DAY)
EVERYBODY = Post(id="open", text={"*": "To all"}, at=STARTS + 5 * DAY)
FLO, GUS, IDA = (a_person(number, name, reachable=True) for number, name in ((21, "Flo"), (22, "Gus"), (23, "Ida")))


@pytest.fixture
def town(db, clock):
    return Town(db, clock)


def campaign(*posts, **changes):
    return a_campaign(chats=(SALON,), posts=posts, **changes)


async def comes(town, friend, advocate=ANA):
    """The friend opens the advocate's link and joins."""
    code = await town.code_of(advocate)
    town.there.add(friend.account)
    await town.take(started(friend, town.now, code))
    town.clock.advance(seconds=1)
    await town.take(joined(friend, town.now))


async def until(town, days):
    """Day by day, with everything that the clock demands."""
    for _ in range(days):
        town.clock.advance(days=1)
        await everything(town)


async def everything(town):
    while await do_due(town.db, town.clock) or await town.look() or await town.deliver():
        town.clock.advance(seconds=0.2)


def posts_of(town, friend):
    return [what.removeprefix("post ") for who, what in town.heard if who == friend.account.id and "post " in what]


async def test_a_friend_gets_what_is_out_on_arrival_and_the_rest_in_its_time(town):
    await town.apply(campaign(SECRET, LATER, EVERYBODY))
    await comes(town, FLO)
    await everything(town)
    assert posts_of(town, FLO) == ["secret"]
    await until(town, days=4)
    assert posts_of(town, FLO) == ["secret"]
    await until(town, days=3)
    assert posts_of(town, FLO) == ["secret", "later"]
    await comes(town, GUS)
    await everything(town)
    assert posts_of(town, GUS) == ["secret", "later"]
    await assert_audited(town.db)


async def test_it_is_in_the_friends_own_language_and_counts_in_no_figure(town):
    await town.apply(campaign(SECRET))
    await comes(town, replace(FLO, language="fr"))
    async with town.db.begin() as tx:
        rows = await outbox.claim(tx, "telegram", now=town.now + DAY, limit=10, lease=DAY)
    (row,) = [row for row in rows if row.kind == "post"]
    assert (row.content["text"], row.content["language"], row.content["post"]) == ("Chut", "fr", "secret")
    assert row.grant_cause == f"spring/post:secret/{(await town.member(FLO)).id}/1"
    assert not {"rewards.granted", "rewards.delivered"} & (await town.totals()).keys()
    await assert_audited(town.db)


async def test_who_came_by_themselves_or_writes_to_the_bot_gets_nothing(town):
    await town.apply(campaign(SECRET, LATER))
    await town.take(joined(GUS, town.now))
    await town.take(started(IDA, town.now, await town.code_of(ANA)))  # and never joins
    await until(town, days=8)
    assert posts_of(town, GUS) == posts_of(town, IDA) == posts_of(town, ANA) == []


async def test_who_was_there_before_any_sign_gets_nothing(town):
    await town.apply(campaign(SECRET))
    await town.take(joined(GUS, town.now))
    town.clock.advance(days=1)
    await town.take(started(GUS, town.now, await town.code_of(ANA)))
    await everything(town)
    assert (await town.standing(GUS))[:2] == ("rejected", "already_member")
    assert posts_of(town, GUS) == []


async def test_who_left_early_gets_no_more_and_keeps_what_they_have(town):
    await town.apply(campaign(SECRET, LATER))
    await comes(town, FLO)
    await everything(town)
    town.clock.advance(days=1)
    await town.take(left(FLO, town.now))
    await until(town, days=8)
    assert posts_of(town, FLO) == ["secret"]


async def test_it_waits_for_somebody_who_cannot_be_written_to(town):
    await town.apply(campaign(SECRET))
    await comes(town, replace(FLO, reachable=False))
    await until(town, days=1)
    assert posts_of(town, FLO) == []
    await town.take(started(FLO, town.now, await town.code_of(ANA)))
    await everything(town)
    assert posts_of(town, FLO) == ["secret"]


async def test_it_waits_no_longer_for_somebody_who_has_turned_out_to_be_no_friend(town):
    await town.apply(campaign(SECRET))
    await comes(town, replace(FLO, reachable=False))
    town.clock.advance(hours=1)
    await town.take(left(FLO, town.now))
    town.clock.advance(hours=1)
    await town.take(started(FLO, town.now, await town.code_of(ANA)))
    await everything(town)
    assert posts_of(town, FLO) == []


async def test_friends_who_count_already_get_a_post_that_is_thought_of_later(town):
    await town.apply(campaign(qualify=Qualify(stay=DAY)))
    await comes(town, FLO)
    await town.pass_time(days=2, there=[FLO])
    assert (await town.standing(FLO))[0] == "rewarded"
    await town.apply(campaign(SECRET, qualify=Qualify(stay=DAY)))
    await everything(town)
    assert posts_of(town, FLO) == ["secret"]
    assert (await town.standing(FLO))[0] == "rewarded"
    await town.apply(campaign(replace(SECRET, text={"*": "Other words"}), qualify=Qualify(stay=DAY)))
    await until(town, days=2)
    assert posts_of(town, FLO) == ["secret"]
    await assert_audited(town.db)


async def test_nothing_is_given_in_a_pause_and_everything_after_it(town):
    await town.apply(campaign(LATER, qualify=Qualify(stay=DAY)))
    await comes(town, FLO)
    await town.pass_time(days=2, there=[FLO])
    await comes(town, GUS)
    await everything(town)
    applied = await town.campaign()
    async with town.db.begin() as tx:
        await campaigns.pause(tx, applied.id, now=town.now)
    await until(town, days=6)
    assert posts_of(town, FLO) == posts_of(town, GUS) == []
    async with town.db.begin() as tx:
        await campaigns.resume(tx, applied.id)
    town.there |= {GUS.account}
    await until(town, days=2)
    assert posts_of(town, FLO) == ["later"]


async def test_many_get_it_by_and_by_so_that_answers_need_not_wait_behind_them(town):
    await town.apply(campaign(replace(LATER, at=STARTS + DAY)))
    code = await town.code_of(ANA)
    friends = [a_person(number, reachable=True) for number in range(100, 112)]
    town.there |= {each.account for each in friends}
    await town.take(*(started(each, town.now, code) for each in friends))
    town.clock.advance(seconds=1)
    await town.take(*(joined(each, town.now) for each in friends))
    await everything(town)
    town.clock.advance(days=1)
    while await do_due(town.db, town.clock) or await town.look():
        pass
    async with town.db.begin() as tx:
        rows = await outbox.claim(tx, "telegram", now=town.now + 5 * APART, limit=100, lease=DAY)
        rest = await outbox.claim(tx, "telegram", now=town.now + DAY, limit=100, lease=DAY)
    first, others = (len([row for row in each if row.kind == "post"]) for each in (rows, rest))
    assert (first, others) == (6, 6)


async def test_a_budget_that_is_spent_holds_no_post_back(town):
    await town.apply(campaign(SECRET, limits=Limits(rewards=1), rewards=(POINTS, WELCOME), qualify=Qualify(stay=DAY)))
    for friend in (FLO, GUS):
        await comes(town, friend)
        await until(town, days=2)
    assert posts_of(town, FLO) == posts_of(town, GUS) == ["secret"]
    assert (await town.totals())["rewards.granted"] == 1
    await assert_audited(town.db)


@pytest.mark.parametrize(
    ("status", "reason", "confidence", "wanted"),
    [
        (Status.PENDING, Reason.STAYING, Confidence.EXACT, True),
        (Status.PENDING, Reason.HOLDING, Confidence.EXACT, True),
        (Status.PENDING, Reason.DAY_FULL, Confidence.PROBABLE, True),
        (Status.REWARDED, Reason.OVER_LIMIT, Confidence.EXACT, True),
        (Status.PENDING, Reason.NOT_JOINED, Confidence.EXACT, False),
        (Status.PENDING, Reason.CONFIRMING, Confidence.EXACT, False),
        (Status.PENDING, Reason.PAUSED, Confidence.EXACT, False),
        (Status.PENDING, Reason.STAYING, Confidence.AMBIGUOUS, False),
        (Status.HELD, Reason.UNSURE_WHO, Confidence.AMBIGUOUS, False),
        (Status.REJECTED, Reason.LEFT_EARLY, Confidence.EXACT, False),
        (Status.REVERSED, Reason.LEFT_AFTER, Confidence.EXACT, False),
    ],
)
def test_only_who_surely_came_through_somebody_is_meant(status, reason, confidence, wanted):
    referral = Referral(
        campaign_id=1,
        friend_id=2,
        advocate_id=1,
        code=None,
        version=1,
        confidence=confidence,
        status=status,
        reason=reason,
        judgements=1,
        since_at=STARTS,
        look_at=None,
    )
    assert is_for(referral) is wanted


async def test_who_leaves_and_comes_again_gets_nothing_twice(town):
    await town.apply(campaign(SECRET, LATER))
    await comes(town, FLO)
    await everything(town)
    grants = await town_grants(town, FLO)
    await town.take(left(FLO, town.now))
    await comes(town, FLO)
    await until(town, days=8)
    assert [each.cause for each in await town_grants(town, FLO)][: len(grants)] == [each.cause for each in grants]
    assert len(posts_of(town, FLO)) == len(set(posts_of(town, FLO)))


async def town_grants(town, person):
    """The person's grants of posts."""
    async with town.db.read() as tx:
        found = await rewards.of_member(tx, (await town.member(person)).id)
    return [each for each in found if each.kind == "post"]


PEOPLE = [FLO, GUS, IDA]
HAPPENS = st.lists(
    st.tuples(
        st.sampled_from(["opens ana's", "opens ben's", "opens own", "joins", "leaves", "a day", "two days"]),
        st.integers(0, len(PEOPLE) - 1),
    ),
    max_size=14,
)


@settings(max_examples=times(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happens=HAPPENS)
async def test_whatever_happens_only_friends_get_it_and_only_once(db, clock, happens):
    await emptied(db)
    town = Town(db, clock)
    starts = town.now - timedelta(hours=1)
    posts = (SECRET, replace(LATER, at=starts + 3 * DAY))
    await town.apply(campaign(*posts, starts=starts, ends=starts + 60 * DAY, qualify=Qualify(stay=2 * DAY)))
    for what, number in happens:
        person = PEOPLE[number]
        town.clock.advance(minutes=5)
        if what.startswith("opens"):
            whose = {"opens ana's": ANA, "opens ben's": BEN, "opens own": person}[what]
            await town.take(started(person, town.now, await town.code_of(whose)))
        elif what == "joins":
            town.there.add(person.account)
            await town.take(joined(person, town.now))
        elif what == "leaves":
            town.there.discard(person.account)
            await town.take(left(person, town.now))
        else:
            await until(town, days=1 if what == "a day" else 2)
    await until(town, days=4)
    for person in (*PEOPLE, ANA, BEN):
        got = posts_of(town, person)
        assert len(got) == len(set(got))
        if got or (await town.member(person) and await town_grants(town, person)):
            referral = await town.referral(person)
            assert referral is not None
            assert referral.confidence.pays
            assert referral.arrived_at is not None
            assert referral.reason not in ("already_member", "self_referral", "came_otherwise", "outside_window")
        elif await town.member(person) is not None and (referral := await town.referral(person)) is not None:
            assert referral.status not in ("qualified", "rewarded")
    await assert_audited(db)

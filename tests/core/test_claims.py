import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from core import intake
from core.intake.facts import ClaimAnswered, Claimed, Problem
from tests.people import (
    ANA,
    BEN,
    ENDS,
    FLO,
    GUS,
    Town,
    a_campaign,
    a_person,
    assert_audited,
    joined,
    seen,
    started,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def town(db, clock):
    """Flo has joined, and nobody saw through whom."""
    town = Town(db, clock)
    await town.apply(a_campaign())
    for person in (ANA, BEN):
        await town.code_of(person)
    await town.take(joined(FLO, town.now))
    yield town
    await assert_audited(db)


async def claim(town, advocate=ANA, *, friend=FLO, key="claim", slug="spring"):
    """The friend says that this advocate told them."""
    campaign = await town.campaign(slug)
    fact = Claimed(
        key=f"{key}/{friend.account.id}/{advocate.account.id}",
        at=town.now,
        person=friend,
        campaign_id=campaign.id if campaign else 999,
        advocate=advocate.account,
    )
    async with town.db.begin() as tx:
        return await intake.claim(tx, fact, now=town.now)


async def reply(town, claim_id, confirmed, *, advocate=ANA, key="answer"):
    """The advocate says yes or no."""
    fact = ClaimAnswered(key=f"{key}/{claim_id}", at=town.now, person=advocate, claim_id=claim_id, confirmed=confirmed)
    async with town.db.begin() as tx:
        return await intake.answer_claim(tx, fact, now=town.now)


async def claimed_and(town, confirmed, advocate=ANA):
    outcome = await claim(town, advocate)
    return await reply(town, outcome.claim.id, confirmed, advocate=advocate)


async def heard(town, person):
    await town.settle()
    return [news for address, news in town.heard if address == person.account.id]


async def test_the_advocate_is_asked_and_nothing_is_decided_yet(town):
    outcome = await claim(town)
    assert (outcome.problem, outcome.claim.confirmed, outcome.referral) == (None, None, None)
    assert await heard(town, ANA) == ["claim"]
    assert await town.standing(FLO) is None


async def test_with_a_yes_the_friend_is_the_advocates_and_that_is_probable(town):
    outcome = await claimed_and(town, True)
    assert (outcome.problem, outcome.referral.confidence) == (None, "probable")
    assert await town.standing(FLO) == ("pending", "staying", "Ana")
    await town.pass_time(days=4, there=[FLO])
    assert await town.standing(FLO) == ("rewarded", "rewarded", "Ana")


async def test_with_a_no_nothing_happens(town):
    outcome = await claimed_and(town, False)
    assert (outcome.problem, outcome.referral) == (None, None)
    assert await town.standing(FLO) is None


async def test_after_a_no_another_advocate_may_be_named(town):
    await claimed_and(town, False)
    await claimed_and(town, True, BEN)
    assert await town.standing(FLO) == ("pending", "staying", "Ben")


async def test_after_a_no_the_same_advocate_is_not_asked_again(town):
    await claimed_and(town, False)
    await town.settle()
    town.heard.clear()
    assert (await claim(town, key="again")).problem is Problem.CLAIM_SETTLED
    assert await heard(town, ANA) == []


async def test_an_open_claim_made_again_is_the_same_one_and_asks_nobody_again(town):
    first = await claim(town)
    assert await heard(town, ANA) == ["claim"]
    again = await claim(town, key="again")
    assert (again.problem, again.claim.id) == (None, first.claim.id)
    assert await heard(town, ANA) == ["claim"]


async def test_the_first_answer_stays(town):
    outcome = await claimed_and(town, False)
    second = await reply(town, outcome.claim.id, True, key="second")
    assert second.problem is Problem.CLAIM_SETTLED
    assert await town.standing(FLO) is None


async def test_two_answers_at_once_are_the_first_one(postgres_db, clock):
    town = Town(postgres_db, clock)
    await town.apply(a_campaign())
    await town.code_of(ANA)
    await town.take(joined(FLO, town.now))
    claim_id = (await claim(town)).claim.id
    yes = ClaimAnswered(key="yes", at=town.now, person=ANA, claim_id=claim_id, confirmed=True)
    async with postgres_db.begin() as tx:
        await intake.answer_claim(tx, yes, now=town.now)
        other = asyncio.create_task(reply(town, claim_id, False))
        while not (await tx.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))).scalar_one():
            pass  # until the other one waits for us
    assert (await other).problem is Problem.CLAIM_SETTLED
    assert await town.standing(FLO) == ("pending", "staying", "Ana")
    await assert_audited(postgres_db)


async def test_only_who_was_named_may_answer(town):
    outcome = await claim(town)
    assert (await reply(town, outcome.claim.id, True, advocate=BEN)).problem is Problem.CLAIM_NOT_YOURS
    assert (await reply(town, outcome.claim.id, True, advocate=FLO)).problem is Problem.CLAIM_NOT_YOURS
    assert (await reply(town, 999, True)).problem is Problem.CLAIM_NOT_YOURS
    assert await town.standing(FLO) is None


async def test_nobody_names_themselves_or_a_bot_or_a_stranger(town):
    bot = a_person(98, "Robot", is_bot=True)
    await town.take(joined(bot, town.now))
    problems = [(await claim(town, each)).problem for each in (FLO, bot, a_person(555))]
    assert problems == [Problem.CLAIM_SELF, Problem.UNKNOWN_ADVOCATE, Problem.UNKNOWN_ADVOCATE]


async def test_there_is_nothing_to_claim_in_a_campaign_that_is_unknown_or_over(town):
    assert (await claim(town, slug="winter")).problem is Problem.UNKNOWN_CAMPAIGN
    town.clock.advance(seconds=(ENDS - town.now).total_seconds())
    assert (await claim(town)).problem is Problem.ENDED


async def test_at_most_three_advocates_may_be_named(town):
    others = [a_person(40 + n, f"Advocate {n}", reachable=True) for n in range(4)]
    for each in others:
        await town.code_of(each)
    problems = [(await claim(town, each)).problem for each in others]
    assert problems == [None, None, None, Problem.CLAIM_TOO_MANY]


async def test_who_came_through_a_link_has_nothing_to_claim(town):
    code = await town.code_of(BEN)
    await town.take(started(GUS, town.now, code), joined(GUS, town.now))
    assert (await claim(town, friend=GUS)).problem is Problem.CLAIM_SETTLED


async def test_two_advocates_who_both_say_yes_are_settled_by_who_was_named_first(town):
    first = await claim(town, BEN)
    town.clock.advance(minutes=1)
    second = await claim(town, ANA)
    await reply(town, second.claim.id, True)
    await reply(town, first.claim.id, True, advocate=BEN)
    assert (await town.standing(FLO))[2] == "Ben"


async def test_a_claim_of_somebody_who_has_not_joined_yet_waits_for_the_join(town):
    await town.take(seen(GUS, town.now, False))
    outcome = await claim(town, friend=GUS)
    await reply(town, outcome.claim.id, True)
    assert await town.standing(GUS) == ("pending", "not_joined", "Ana")
    await town.take(joined(GUS, town.now + HOUR))
    assert await town.standing(GUS) == ("pending", "staying", "Ana")


async def test_a_claim_of_somebody_who_was_there_before_anything_earns_nothing(town):
    await town.take(seen(GUS, town.now, True))
    town.clock.advance(hours=1)
    outcome = await claim(town, friend=GUS)
    await reply(town, outcome.claim.id, True)
    assert await town.standing(GUS) == ("rejected", "already_member", "Ana")


async def test_a_link_pressed_in_time_that_is_heard_of_later_is_better_than_a_claim(town):
    at = town.now
    await claimed_and(town, True)
    await town.take(started(FLO, at, await town.code_of(BEN)))
    assert await town.standing(FLO) == ("pending", "staying", "Ben")


async def test_told_twice_a_claim_and_its_answer_count_once(town):
    for _ in range(2):
        outcome = await claim(town)
    await reply(town, outcome.claim.id, True)
    again = await reply(town, outcome.claim.id, True)
    assert (again.problem, again.claim.confirmed) == (Problem.CLAIM_SETTLED, True)
    assert (await town.totals())["referrals.pending"] == 1

"""How a join came about, told afterwards: surely, perhaps, or by an organizer."""

from dataclasses import replace
from datetime import timedelta
from functools import reduce

import pytest

from core import arrivals, intake, referrals
from core.attribution import Found, Way
from core.campaign.values import Qualify
from core.chats import Membership, Sight, observe
from core.intake.facts import ClaimAnswered, Claimed, Decided, Problem, Traced
from core.referrals import Reason
from tests.people import (
    ANA,
    BEN,
    FLO,
    GUS,
    ORGANIZER,
    SALON,
    Town,
    a_campaign,
    assert_audited,
    joined,
    started,
)

AMBIGUOUS = ("held", "unsure_who")
STAYING = ("pending", "staying")


@pytest.fixture
async def town(db, clock):
    made = Town(db, clock)
    await made.apply(a_campaign())
    return made


def traced(town, found, *codes, who=FLO, number=1, **told):
    about = {"at": town.now, "person": who, "chat": SALON, "how": "compared", **told}
    ways = tuple(Way(code) for code in codes)
    return Traced(key=f"traced/{who.account.id}/{number}", found=found, ways=ways, **about)


async def both(town):
    return await town.code_of(ANA), await town.code_of(BEN)


async def standing(town, friend=FLO):
    found = await town.standing(friend)
    return found and found[:2]


async def decided(town, advocate, *, by=ORGANIZER, friend=FLO):
    chosen = None if advocate is None else (await town.member(advocate)).id
    fact = Decided(
        key="decided/1",
        at=town.now,
        person=by,
        campaign_id=(await town.campaign()).id,
        friend=(await town.member(friend)).id,
        advocate=chosen,
    )
    async with town.db.begin() as tx:
        return await intake.decide(tx, fact, now=town.now)


async def test_a_join_that_is_traced_to_a_link_is_its_advocates(town):
    code, _ = await both(town)
    await town.take(joined(FLO, town.now), traced(town, Found.PROBABLE, code))
    assert await town.standing(FLO) == (*STAYING, "Ana")
    assert (await town.referral(FLO)).confidence == "probable"
    assert (await town.totals())["arrivals.probable"] == 1
    await assert_audited(town.db)


async def test_with_two_possible_advocates_nobody_is_paid_and_neither_sees_the_friend(town):
    await town.take(joined(FLO, town.now), traced(town, Found.AMBIGUOUS, *await both(town)))
    await town.pass_time(days=5, there=[FLO])
    assert await standing(town) == AMBIGUOUS
    async with town.db.read() as tx:
        for each in (ANA, BEN):
            advocate, campaign_id = await town.member(each), (await town.campaign()).id
            assert await referrals.of_advocate(tx, campaign_id, advocate.id, limit=9) == []
            assert await referrals.count_of_advocate(tx, campaign_id, advocate.id) == 0
    assert town.heard == []
    await assert_audited(town.db)


async def test_several_links_of_one_advocate_leave_no_doubt_but_the_chance_that_it_was_none_does(town):
    code, _ = await both(town)
    await town.take(joined(FLO, town.now), traced(town, Found.AMBIGUOUS, code))
    await town.take(joined(GUS, town.now), traced(town, Found.AMBIGUOUS, code, who=GUS, or_nobody=True))
    assert (await standing(town), await standing(town, GUS)) == (STAYING, AMBIGUOUS)


async def test_what_the_platform_says_later_settles_it(town):
    ana, ben = await both(town)
    first = traced(town, Found.AMBIGUOUS, ana, ben)
    told = {"number": 2, "how": "searched", "before": Found.AMBIGUOUS, "withdrawn": (ana,), "at": town.now}
    then = traced(town, Found.EXACT, ben, **told)
    await town.take(joined(FLO, town.now), first)
    town.clock.advance(minutes=1)
    await town.take(then)
    await town.take(then, first)
    assert await town.standing(FLO) == (*STAYING, "Ben")
    assert (await town.referral(FLO)).confidence == "exact"
    counted = await town.totals()
    assert (counted.get("arrivals.ambiguous"), counted["arrivals.exact"]) == (None, 1)
    await assert_audited(town.db)


async def test_a_credit_by_comparison_is_taken_back_when_the_platform_says_otherwise(town):
    ana, _ = await both(town)
    at = town.now
    await town.take(joined(FLO, at), traced(town, Found.PROBABLE, ana))
    told = {"number": 2, "how": "searched", "before": Found.PROBABLE, "withdrawn": (ana,), "at": at}
    await town.take(traced(town, Found.OTHERWISE, **told))
    assert await standing(town) == ("rejected", "came_otherwise")
    await assert_audited(town.db)


async def test_a_start_before_the_join_is_sure_whatever_comparing_finds(town):
    ana, ben = await both(town)
    await town.take(started(FLO, town.now, ben))
    town.clock.advance(minutes=1)
    await town.take(joined(FLO, town.now), traced(town, Found.AMBIGUOUS, ana, ben))
    assert await town.standing(FLO) == (*STAYING, "Ben")


async def test_a_confirmed_claim_settles_it(town):
    await town.take(joined(FLO, town.now), traced(town, Found.AMBIGUOUS, *await both(town)))
    campaign_id = (await town.campaign()).id
    claimed = Claimed(key="claim/1", at=town.now, person=FLO, campaign_id=campaign_id, advocate=BEN.account)
    async with town.db.begin() as tx:
        claim = (await intake.claim(tx, claimed, now=town.now)).claim
    answered = ClaimAnswered(key="answer/1", at=town.now, person=BEN, claim_id=claim.id, confirmed=True)
    async with town.db.begin() as tx:
        await intake.answer_claim(tx, answered, now=town.now)
    assert await town.standing(FLO) == (*STAYING, "Ben")


async def test_a_rejoin_by_another_link_keeps_the_first_credit(town):
    ana, ben = await both(town)
    await town.take(joined(FLO, town.now), traced(town, Found.PROBABLE, ana))
    town.clock.advance(hours=1)
    again = replace(joined(FLO, town.now), returning=True)
    await town.take(again, traced(town, Found.EXACT, ben, number=2))
    assert await town.standing(FLO) == (*STAYING, "Ana")


async def test_an_organizer_says_who_it_was_and_nothing_changes_that(town):
    ana, ben = await both(town)
    at = town.now
    await town.take(joined(FLO, at), traced(town, Found.AMBIGUOUS, ana, ben))
    outcome = await decided(town, BEN)
    assert (outcome.problem, outcome.advocate.name) == (None, "Ben")
    assert await town.standing(FLO) == (*STAYING, "Ben")
    told = {"number": 2, "how": "searched", "before": Found.AMBIGUOUS, "withdrawn": (ben,), "at": at}
    await town.take(traced(town, Found.EXACT, ana, **told))
    assert await town.standing(FLO) == (*STAYING, "Ben")
    assert (await decided(town, ANA)).problem is Problem.CLAIM_SETTLED
    await assert_audited(town.db)


async def test_an_organizer_says_that_it_was_nobody(town):
    await town.take(joined(FLO, town.now), traced(town, Found.AMBIGUOUS, *await both(town)))
    assert (await decided(town, None)).problem is None
    assert await standing(town) == ("rejected", "came_otherwise")


async def test_only_an_organizer_decides_and_only_among_the_candidates(town):
    ana, _ = await both(town)
    await town.take(joined(FLO, town.now), traced(town, Found.AMBIGUOUS, ana, or_nobody=True))
    assert (await decided(town, ANA, by=ANA)).problem is Problem.NOT_ORGANIZER
    assert (await decided(town, BEN)).problem is Problem.UNKNOWN_ADVOCATE
    assert await standing(town) == AMBIGUOUS


async def test_the_review_lists_whoever_is_unsure_with_the_candidates(town):
    await town.take(joined(FLO, town.now), traced(town, Found.AMBIGUOUS, *await both(town)))
    campaign_id = (await town.campaign()).id
    async with town.db.read() as tx:
        (case,) = await arrivals.unsure(tx, campaign_id, limit=9)
    assert (case.friend.name, case.joined_at) == ("Flo", town.now)
    assert {each.advocate.name for each in case.candidates} == {"Ana", "Ben"}
    await decided(town, ANA)
    async with town.db.read() as tx:
        assert await arrivals.unsure(tx, campaign_id, limit=9) == []


async def test_who_was_a_member_before_we_came_is_no_new_friend(town):
    ana, _ = await both(town)
    await town.take(replace(joined(FLO, town.now), returning=True), traced(town, Found.EXACT, ana))
    assert await standing(town) == ("rejected", "already_member")


def test_a_return_after_a_join_that_was_seen_is_none_in_whichever_order():
    at = a_campaign().window.starts
    first, again = (at, False), (at + timedelta(hours=1), True)
    for joins in ((first, again), (again, first)):
        known = reduce(lambda each, join: observe(each, Sight.JOINED, join[0], returning=join[1]), joins, Membership())
        assert not known.returned
    assert observe(Membership(), Sight.JOINED, at, returning=True).returned


@pytest.mark.parametrize(
    ("age", "reason"), [(timedelta(days=29), Reason.TOO_YOUNG), (timedelta(days=30), Reason.STAYING), (None, "staying")]
)
async def test_an_account_has_to_be_old_enough_when_it_joins(db, clock, age, reason):
    town = Town(db, clock)
    await town.apply(a_campaign(qualify=Qualify(stay=timedelta(days=3), account_age=timedelta(days=30))))
    ana, _ = await both(town)
    flo = replace(FLO, created_at=age and town.now - age)
    await town.take(joined(flo, town.now), traced(town, Found.EXACT, ana, who=flo))
    await town.take(joined(FLO, town.now, order=1))  # who says nothing of it takes nothing back
    assert (await town.referral(FLO)).reason == reason

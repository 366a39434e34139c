"""Organizers say whether a friend counts, and members ask them to look again."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from core import campaign as campaigns
from core import intake, referrals
from core.database import rows_of, table_of
from core.intake.facts import Appealed, ClaimAnswered, Claimed, Decided, Ground, LinkWanted, Problem, Ruled
from core.journal.table import FactRow
from tests.core.persons_world import on_discord
from tests.core.test_holding import PROMISED, OfTwoChats, holding, result, waiting_news
from tests.core.test_intake import patiently
from tests.people import ANA, BEN, FLO, GUS, ORGANIZER, a_campaign, a_person, assert_audited, joined, started

REWARDED = ("rewarded", "rewarded", "Ana")
RULED_OUT = ("reversed", "ruled_out", "Ana")


@pytest.fixture
async def town(db, clock):
    """Flo counts for Ana, Gus is pending."""
    town = OfTwoChats(db, clock)
    await town.apply(a_campaign(rewards=PROMISED, holding=holding()))
    await town.take(started(ORGANIZER, town.now, await town.code_of(ANA)))
    await town.come(FLO)
    await town.pass_days(4)
    await town.come(GUS)
    yield town
    await assert_audited(db)


async def rule(town, friend, counts, *, by=ORGANIZER, ground=Ground.FRAUD, note="twins", number=1, slug=None):
    async with town.db.begin() as tx:
        fact = Ruled(
            key=f"ruled/{number}",
            at=town.now,
            person=by,
            campaign_id=(await town.campaign()).id if slug is None else slug,
            friend=(await town.member(friend)).id,
            counts=counts,
            ground=ground,
            note=note,
        )
        return await intake.rule(tx, fact, now=town.now)


async def appeal(town, friend, *, by=ANA, number=1):
    async with town.db.begin() as tx:
        campaign_id, friend_id = (await town.campaign()).id, (await town.member(friend)).id
        fact = Appealed(key=f"appealed/{number}", at=town.now, person=by, campaign_id=campaign_id, friend=friend_id)
        return await intake.appeal(tx, fact, now=town.now)


async def open_appeals(town):
    async with town.db.read() as tx:
        return await referrals.open_appeals(tx, (await town.campaign()).id, limit=9)


async def test_what_is_ruled_out_is_taken_back_and_stays_so(town):
    outcome = await rule(town, FLO, False)
    assert (outcome.problem, outcome.referral.reason, outcome.advocate.name) == (None, "ruled_out", "Ana")
    assert await town.standing(FLO) == RULED_OUT
    assert (await result(town), await result(town, FLO)) == ((0, 0), (0, 0))
    await town.leave(FLO)
    await town.enter(FLO)
    await town.pass_days(5)
    assert await town.standing(FLO) == RULED_OUT
    assert await town.standing(GUS) == REWARDED


@pytest.mark.parametrize("number", [-1, 0, 2**31, 2**40, 2**63 - 1, 2**63, 10**30])
async def test_numbers_that_nobody_has_get_an_answer_and_no_error(town, number):
    """Anybody may send us anything as a button's data."""
    campaign_id = (await town.campaign()).id
    told = {"at": town.now, "person": ORGANIZER}

    async def ask(act, fact):
        async with town.db.begin() as tx:
            return (await act(tx, fact, now=town.now)).problem

    for key, campaign, friend in (("campaign", number, 1), ("friend", campaign_id, number), ("both", number, number)):
        about = {"campaign_id": campaign, "friend": friend, **told}
        unknown = Problem.UNKNOWN_REFERRAL if key == "friend" else Problem.UNKNOWN_CAMPAIGN
        assert await ask(intake.rule, Ruled(key=f"ruled/{key}", counts=True, **about)) is unknown
        assert await ask(intake.appeal, Appealed(key=f"appealed/{key}", **about)) is unknown
        decided = Decided(key=f"decided/{key}", advocate=number, **about)
        no_case = Problem.CLAIM_SETTLED if key == "friend" else Problem.UNKNOWN_CAMPAIGN
        assert await ask(intake.decide, decided) is no_case
    claimed = Claimed(key="claimed", campaign_id=number, advocate=ANA.account, **told)
    assert await ask(intake.claim, claimed) is Problem.UNKNOWN_CAMPAIGN
    answered = ClaimAnswered(key="answered", claim_id=min(number, 2**63 - 1), confirmed=True, **told)
    assert await ask(intake.answer_claim, answered) is Problem.CLAIM_NOT_YOURS
    [outcome] = await town.take(LinkWanted(key="link", campaign_id=number, **told))
    assert outcome.problem is Problem.UNKNOWN_CAMPAIGN
    assert await town.standing(FLO) == REWARDED


async def test_it_is_in_the_journal_who_ruled_and_why(town):
    await rule(town, FLO, False)
    async with town.db.read() as tx:
        journal = table_of(FactRow)
        (line,) = await rows_of(tx, select(journal).where(journal.c.kind == "ruled"))
    by = (await town.member(ORGANIZER)).id
    assert line.data == {"by": by, "counts": False, "ground": "fraud", "note": "twins"}
    assert line.member_id == (await town.member(FLO)).id


async def test_what_is_ruled_in_counts_whatever_the_friend_does(town):
    assert (await rule(town, GUS, True, ground=Ground.MISTAKE)).problem is None
    assert await town.standing(GUS) == ("rewarded", "ruled_in", "Ana")
    assert await result(town) == (2, 120)
    await town.leave(GUS)
    await town.pass_days(2)
    assert await town.standing(GUS) == ("rewarded", "ruled_in", "Ana")


async def test_somebody_pending_can_be_ruled_out_and_the_advocate_is_told(town):
    assert (await rule(town, GUS, False)).problem is None
    assert await town.standing(GUS) == ("rejected", "ruled_out", "Ana")
    (content,) = await waiting_news(town, "referral_reversed")
    assert (content["friend"], content["reason"], content["points"]) == ("Gus", "ruled_out", 0)
    await town.pass_days(5)
    assert await town.standing(GUS) == ("rejected", "ruled_out", "Ana")


async def test_in_a_pause_a_ruling_waits_as_everything_does(town):
    campaign_id = (await town.campaign()).id
    async with town.db.begin() as tx:
        await campaigns.pause(tx, campaign_id, now=town.now)
    await rule(town, GUS, True)
    assert (await town.standing(GUS))[:2] == ("pending", "paused")
    assert (await result(town))[0] == 1
    async with town.db.begin() as tx:
        await campaigns.resume(tx, campaign_id)
        await referrals.wake(tx, campaign_id, now=town.now)
    await town.settle()
    assert await town.standing(GUS) == ("rewarded", "ruled_in", "Ana")


async def test_who_may_not_rule_and_what_cannot_be_ruled(town):
    assert (await rule(town, FLO, False, by=ANA)).problem is Problem.NOT_ORGANIZER
    assert (await rule(town, FLO, False, number=2, slug=999)).problem is Problem.UNKNOWN_CAMPAIGN
    await town.code_of(BEN)
    assert (await rule(town, BEN, False, number=3)).problem is Problem.UNKNOWN_REFERRAL
    robot = replace(a_person(77, "Robot"), is_bot=True)
    await town.take(started(robot, town.now, await town.code_of(ANA)), joined(robot, town.now))
    assert (await rule(town, robot, True, number=4)).problem is Problem.CANNOT_COUNT
    assert await town.standing(FLO) == REWARDED


async def test_a_ruling_is_final_and_told_again_it_is_the_same(town):
    await rule(town, FLO, False)
    assert (await rule(town, FLO, False)).problem is None
    assert (await rule(town, FLO, True, number=2)).problem is Problem.RULED_ALREADY
    assert await town.standing(FLO) == RULED_OUT


async def test_an_appeal_reaches_the_organizers_once_and_they_answer(town):
    await town.leave(FLO)
    asked = await appeal(town, FLO)
    assert (asked.problem, asked.appeal.member_id) == (None, (await town.member(ANA)).id)
    (content,) = await waiting_news(town, "appeal")
    told = {name: content[name] for name in ("advocate", "friend", "reason", "by_friend")}
    assert told == {"advocate": "Ana", "friend": "Flo", "reason": "left_after", "by_friend": False}
    assert (await appeal(town, FLO)).problem is None  # told twice
    assert (await appeal(town, FLO, number=2)).problem is Problem.APPEAL_SETTLED
    assert (await appeal(town, FLO, by=FLO, number=3)).problem is Problem.APPEAL_SETTLED
    assert [each.friend_id for each in await open_appeals(town)] == [(await town.member(FLO)).id]

    assert (await rule(town, FLO, True, ground=Ground.APPEAL, note=None)).problem is None
    assert await town.standing(FLO) == ("rewarded", "ruled_in", "Ana")
    assert (await result(town), await result(town, FLO)) == ((1, 10), (0, 1))
    (answer,) = await waiting_news(town, "appeal_answered")
    assert (answer["counts"], answer["reason"], answer["friend"]) == (True, "appeal", "Flo")
    assert await open_appeals(town) == []
    async with town.db.read() as tx:
        kept = await referrals.appeals_of(tx, (await town.campaign()).id, [(await town.member(FLO)).id])
    assert [each.counts for each in kept.values()] == [True]


async def test_a_ruling_can_be_appealed_once_and_the_answer_is_the_last_word(town):
    await rule(town, FLO, False)
    assert (await appeal(town, FLO, by=FLO)).problem is None
    (content,) = await waiting_news(town, "appeal")
    assert content["by_friend"] is True
    assert (await rule(town, FLO, False, number=2)).problem is None
    assert await town.standing(FLO) == RULED_OUT
    assert (await appeal(town, FLO, number=2)).problem is Problem.APPEAL_SETTLED
    assert (await rule(town, FLO, True, number=3)).problem is Problem.RULED_ALREADY


async def test_an_appeal_that_has_settled_itself_is_no_longer_open(town):
    await town.leave(FLO)
    await appeal(town, FLO)
    await town.enter(FLO)
    assert await town.standing(FLO) == REWARDED
    assert await open_appeals(town) == []
    await town.leave(FLO)
    assert (await appeal(town, FLO, number=2)).problem is None  # that is another reversal
    assert len(await open_appeals(town)) == 1


async def test_nobody_asks_without_end_about_the_same_friend(town):
    for n in range(3):
        await town.leave(FLO)
        assert (await appeal(town, FLO, number=n)).problem is None
        await town.enter(FLO)
    await town.leave(FLO)
    assert (await appeal(town, FLO, number=9)).problem is Problem.APPEAL_SETTLED


async def test_who_may_not_appeal_and_what_cannot_be_appealed(town):
    await town.leave(FLO)
    assert (await appeal(town, FLO, by=BEN)).problem is Problem.APPEAL_NOT_YOURS
    assert (await appeal(town, FLO, by=GUS, number=2)).problem is Problem.APPEAL_NOT_YOURS
    assert (await appeal(town, GUS, number=3)).problem is Problem.APPEAL_SETTLED  # it is only pending
    assert (await appeal(town, ORGANIZER, number=4)).problem is not None


async def test_by_whichever_account_an_advocate_asks_it_is_theirs(town):
    await town.take(started(on_discord(ANA), town.now, await town.code_of(BEN)))
    await town.link(ANA, on_discord(ANA))
    await town.leave(FLO)
    assert (await appeal(town, FLO, by=on_discord(ANA))).problem is None


async def test_two_organizers_at_once_and_one_word_holds(postgres_db, clock):
    other = replace(a_person(700000002, "Oskar"), reachable=True)
    town = OfTwoChats(postgres_db, clock)
    await town.apply(a_campaign(rewards=PROMISED, organizers=(ORGANIZER.account, other.account)))
    await town.come(FLO)
    await town.pass_days(4)
    done = await asyncio.gather(
        *(patiently(lambda n=n: rule(town, FLO, bool(n % 2), by=(ORGANIZER, other)[n % 2], number=n)) for n in range(6))
    )
    assert sorted(each.problem or "" for each in done) == ["", *[Problem.RULED_ALREADY] * 5]
    first = next(each.fact.counts for each in done if each.problem is None)
    assert (await town.standing(FLO))[1] == ("ruled_in" if first else "ruled_out")
    await assert_audited(postgres_db)

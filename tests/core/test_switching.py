"""Pausing a campaign, and letting it go on."""

from dataclasses import replace
from itertools import count

import pytest

from core import journal, members
from core.database import Database
from core.intake.facts import Problem
from core.intake.switching import pause, resume
from core.journal import Kind
from core.persons import joining
from tests.clock import FakeClock
from tests.people import (
    ANA,
    BEN,
    FLO,
    GUS,
    ORGANIZER,
    POINTS,
    Town,
    a_campaign,
    a_person,
    assert_audited,
    joined,
    started,
)

PRESSES = count(1)


@pytest.fixture
async def town(db: Database, clock: FakeClock) -> Town:
    """Flo came through Ana, and the organizer has met the bot."""
    town = Town(db, clock)
    await town.apply(a_campaign())
    await town.code_of(ORGANIZER)
    await town.take(started(FLO, town.now, await town.code_of(ANA)))
    town.clock.advance(seconds=5)
    await town.take(joined(FLO, town.now))
    return town


async def switch(town: Town, how: object, by: object = ORGANIZER) -> Problem | None:
    member, applied = await town.member(by), await town.campaign()
    async with town.db.begin() as tx:
        return await how(tx, applied.id, key=f"press/{next(PRESSES)}", by=member, now=town.now)  # type: ignore[operator,no-any-return]


async def test_nothing_counts_and_nothing_is_given_until_it_goes_on(town: Town):
    assert await switch(town, pause) is None
    await town.pass_time(days=10, there=[FLO])
    assert (await town.standing(FLO))[:2] == ("pending", "paused")
    assert (await town.totals()).get("rewards.granted", 0) == 0
    assert await switch(town, resume) is None
    await town.settle()
    assert (await town.standing(FLO))[:2] == ("rewarded", "rewarded")
    assert (await town.totals())["rewards.granted"] == 1
    await assert_audited(town.db)


async def test_what_linking_accounts_made_due_in_the_pause_is_given_once_it_goes_on(town: Town):
    both = replace(POINTS, id="both", every=None, at=2)
    await town.apply(a_campaign(rewards=(both,)))
    await town.take(started(GUS, town.now, await town.code_of(BEN)))
    town.clock.advance(seconds=5)
    await town.take(joined(GUS, town.now))
    await town.pass_time(days=4, there=[FLO, GUS])
    await switch(town, pause)
    async with town.db.begin() as tx:
        await joining.hold(tx)
        ana, ben = [(await members.by_account(tx, [each.account]))[each.account].id for each in (ANA, BEN)]
        await joining.join(tx, ana, ben, now=town.now)
    assert (await town.totals()).get("rewards.granted", 0) == 0
    await switch(town, resume)
    assert (await town.totals())["rewards.granted"] == 1
    await switch(town, pause)
    await switch(town, resume)
    assert (await town.totals())["rewards.granted"] == 1
    await assert_audited(town.db)


async def test_only_its_organizers_may_and_only_while_it_is_there(town: Town):
    for how in (pause, resume):
        assert await switch(town, how, by=ANA) is Problem.NOT_ORGANIZER
        member = await town.member(ORGANIZER)
        async with town.db.begin() as tx:
            assert await how(tx, 999, key="press/0", by=member, now=town.now) is Problem.UNKNOWN_CAMPAIGN
    assert (await town.campaign()).paused_at is None


async def test_the_journal_says_who_did_it_and_again_is_nothing(town: Town):
    for how in (resume, pause, pause, resume, resume):
        await switch(town, how)  # in the same moment: handled together
    async with town.db.read() as tx:
        lines = [line for _, line in await journal.between(tx, 0, await journal.last(tx), limit=1000)]
    kinds = [(line.kind, line.data) for line in lines if line.kind in (Kind.PAUSED, Kind.RESUMED)]
    by = {"by": (await town.member(ORGANIZER)).id}
    assert kinds == [(Kind.PAUSED, by), (Kind.RESUMED, by)]


async def test_who_comes_meanwhile_is_not_forgotten(town: Town):
    await switch(town, pause)
    gus = a_person(22, "Gus")
    await town.take(started(gus, town.now, await town.code_of(ANA)))
    town.clock.advance(seconds=5)
    await town.take(joined(gus, town.now))
    await switch(town, resume)
    await town.pass_time(days=4, there=[FLO, gus])
    assert (await town.standing(gus))[0] == "rewarded"

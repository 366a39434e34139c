"""Whoever has been in a server before is nobody's new friend, by whichever link they come back."""

from datetime import timedelta

import pytest

from core.attribution import Found, Way
from core.intake.facts import Traced
from tests.people import ANA, BEN, FLO, SALON, Town, a_campaign, assert_audited, joined, left, started

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("first", [Found.UNATTRIBUTED, Found.OTHERWISE, Found.AMBIGUOUS])
@pytest.mark.parametrize("stays", [2, 3])
async def test_who_comes_back_by_a_link_within_the_hour_is_not_its_advocates(db, clock, first, stays):
    town = Town(db, clock)
    await town.apply(a_campaign())
    anas, bens = await town.code_of(ANA), await town.code_of(BEN)
    ways = {1: ((Way(anas),) if first is Found.AMBIGUOUS else (), first), 2: ((Way(bens),), Found.EXACT)}
    for stay in range(1, stays + 1):
        codes, found = ways.get(stay, ((), Found.OTHERWISE))
        about = {"person": FLO, "chat": SALON, "at": town.now, "how": "compared"}
        traced = Traced(key=f"traced/{stay}", found=found, ways=codes, or_nobody=found is Found.AMBIGUOUS, **about)
        await town.take(joined(FLO, town.now), traced)
        clock.advance(minutes=1)
        if stay < stays:
            await town.take(left(FLO, town.now))
            clock.advance(minutes=1)
    await town.pass_time(days=4, there=[FLO])
    stands = await town.standing(FLO)
    assert stands[0] in ("rejected", "held")
    assert stands[1] in ("already_member", "unsure_who")
    await assert_audited(town.db)


@pytest.mark.parametrize("backwards", [False, True])
async def test_who_left_and_then_presses_a_link_was_there_before(db, clock, backwards):
    town = Town(db, clock)
    await town.apply(a_campaign())
    code, came = await town.code_of(ANA), town.now
    facts = [
        joined(FLO, came),
        left(FLO, came + MINUTE),
        started(FLO, came + 2 * MINUTE, code),
        joined(FLO, came + 3 * MINUTE),
    ]
    clock.advance(minutes=4)
    for fact in reversed(facts) if backwards else facts:
        await town.take(fact)
    await town.pass_time(days=4, there=[FLO])
    assert await town.standing(FLO) == ("rejected", "already_member", "Ana")
    await assert_audited(town.db)


async def test_who_pressed_the_link_just_after_joining_keeps_it_through_a_rejoin(db, clock):
    town = Town(db, clock)
    await town.apply(a_campaign())
    code, came = await town.code_of(ANA), town.now
    await town.take(joined(FLO, came), started(FLO, came + MINUTE, code))
    clock.advance(minutes=5)
    await town.take(left(FLO, town.now))
    clock.advance(minutes=5)
    await town.take(joined(FLO, town.now))
    await town.pass_time(days=4, there=[FLO])
    assert await town.standing(FLO) == ("rewarded", "rewarded", "Ana")
    await assert_audited(town.db)

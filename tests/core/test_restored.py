"""C11: a backup from an hour ago is put back over a running platform. What was given since is given to the same people
again, and to nobody else; a shop that knows the ids acts upon everything once.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.campaign.values import Qualify, Reward, To
from tests.core.promises.town import PromisedTown, about, copied, restored
from tests.people import ANA, BEN, POINTS, a_campaign, a_person, assert_audited, joined, started

FRIENDS = 30
CODE = Reward(id="code", to=To.FRIEND, kind="promo_code", setting="welcome")
TILL = Reward(id="till", to=To.FRIEND, kind="webhook", setting="https://shop.example/hooks")
THIRD = Reward(id="third", to=To.ADVOCATE, kind="webhook", setting="https://shop.example/hooks", every=3)
PEOPLE = [replace(a_person(100 + n, f"Friend {n}"), reachable=True) for n in range(FRIENDS)]


@pytest.fixture
async def town(db, clock):
    """A campaign that has been running for a while, with a pool that is large enough."""
    town = PromisedTown(db, clock)
    rewards = (POINTS, CODE, TILL, THIRD)
    await town.apply(a_campaign(rewards=rewards, codes={"welcome": "codes.txt"}, qualify=Qualify(stay=timedelta(0))))
    await town.fill(*(f"C{n}" for n in range(3000)))
    await town.code_of(ANA)
    await town.code_of(BEN)
    return town


async def the_hour(town, people):
    """What happens in it, or is told once more after it: these come, in this order."""
    links = [await town.code_of(each) for each in (ANA, BEN)]
    for each in people:
        at = town.now
        code = links[each.account.id % 2]
        town.there.add(each.account)
        await town.take(started(each, at, code), joined(each, at + timedelta(seconds=5)))
        town.clock.advance(minutes=1)
        await town.everything_due()


async def given(town):
    """Who has which code, and what the shop acted upon, each time that it did."""
    codes = {next(iter(who)).id: code for code, who in town.world.codes.items()}
    events = sorted(about(event) for event in town.world.events.values())
    return codes, events


@pytest.mark.parametrize("order", ["the same", "reversed", "evens first"])
async def test_what_was_given_since_is_given_again_to_the_same_people(town, order):
    copy = await copied(town.db)
    await the_hour(town, PEOPLE)
    codes, events = await given(town)
    assert (len(codes), len(events)) == (FRIENDS, FRIENDS + 2 * (FRIENDS // 6))

    await restored(town.db, copy)
    town.world.codes.clear()
    again = {"the same": PEOPLE, "reversed": PEOPLE[::-1], "evens first": [*PEOPLE[::2], *PEOPLE[1::2]]}
    await the_hour(town, again[order])
    assert await given(town) == (codes, events)
    await assert_audited(town.db)


async def test_who_comes_after_it_gets_what_nobody_has(town):
    copy = await copied(town.db)
    await the_hour(town, PEOPLE)
    before, _ = await given(town)
    await restored(town.db, copy)
    await the_hour(town, [a_person(500, "Somebody new", reachable=True), *PEOPLE])
    codes, events = await given(town)
    assert codes == {**before, 500: codes[500]}
    assert codes[500] not in before.values()
    assert len(events) == len(set(events)) == FRIENDS + 1 + 2 * (FRIENDS // 6)
    await assert_audited(town.db)

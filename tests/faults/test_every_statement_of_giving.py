"""The database fails at the Nth statement of giving, releasing and taking back, for every N: all of it, or nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from core import intake
from core.campaign.values import Limits
from core.database import Database, DatabaseUnavailableError
from tests.clock import FakeClock
from tests.core.giving_world import CALL, CODE, EVERY, INVITE, POINTS, POSTER, GivingTown
from tests.faults.test_every_statement import _tables, everything, failing
from tests.people import ANA, BEN, ORGANIZER, a_campaign, assert_audited


@pytest.fixture
async def town(db: Database, clock: FakeClock) -> GivingTown:
    town = GivingTown(db, clock)
    await town.apply(a_campaign(rewards=EVERY, codes={"welcome": "codes.txt"}, limits=Limits(points=15, rewards=9)))
    await town.meet(ORGANIZER, ANA, replace(BEN, reachable=True))
    await town.goes_out()
    return town


async def _whole_or_not_at_all(town: GivingTown, work: Callable[[], Awaitable[object]], *touched: str) -> None:
    async with town.db.read() as tx:
        tables = await tx.run_sync(_tables)
    before, at = await everything(town.db, tables), 0
    while True:
        with failing(town.db, at + 1) as seen:
            try:
                await work()
                break
            except DatabaseUnavailableError:
                at += 1
                assert len(seen) == at
        assert await everything(town.db, tables) == before
    assert at > 3
    after = await everything(town.db, tables)
    assert {name for name in after if after[name] != before[name]} >= set(touched)
    await assert_audited(town.db)


@pytest.mark.parametrize("reward", [CODE, POINTS, CALL, POSTER, INVITE], ids=lambda each: each.kind)
async def test_giving(town: GivingTown, reward: object) -> None:
    await town.fill("A")
    await _whole_or_not_at_all(town, lambda: town.give(ANA, BEN, reward=reward), "reward_grant")


async def test_releasing(town: GivingTown) -> None:
    await town.give(ANA, BEN)
    await town.fill("A", "B")
    touched = ("reward_grant", "promo_code", "code_pool", "journal", "total", "outbox")
    await _whole_or_not_at_all(town, town.release, *touched)


async def test_taking_back(town: GivingTown) -> None:
    await town.give(ANA, reward=POINTS)
    await _whole_or_not_at_all(town, lambda: town.turn(ANA, POINTS), "reward_grant", "ledger", "budget", "standing")


async def test_importing(town: GivingTown) -> None:
    await town.fill("B")
    await _whole_or_not_at_all(town, lambda: town.fill("A", "B", "C"), "promo_code", "code_pool")


async def test_a_gift_that_a_door_made(town: GivingTown) -> None:
    await town.give(ANA, reward=INVITE)
    await town.goes_out()
    cause = (await town.grant(ANA, INVITE)).cause

    async def made() -> None:
        async with town.db.begin() as tx:
            await intake.gift_made(tx, cause, "https://t.me/+one", now=town.now)

    await _whole_or_not_at_all(town, made, "reward_grant", "outbox")

"""What could not be written to somebody, kept until they come by."""

import asyncio
from datetime import timedelta

from core import notices
from core.campaign.values import Account, Platform
from core.database import Database
from core.notices import KEPT_FOR, Notice
from tests.clock import FakeClock

ANA, BEN = Account(platform=Platform.DISCORD, id=1 << 60), Account(platform=Platform.DISCORD, id=12)
ANA_ELSEWHERE = Account(platform=Platform.TELEGRAM, id=1 << 60)


def a_notice(key: str, grant: str | None = None) -> Notice:
    return Notice(key=key, content={"news": "reward", "text": key}, grant_cause=grant)


async def put(db: Database, clock: FakeClock, account: Account, *found: Notice) -> None:
    async with db.begin() as tx:
        await notices.put(tx, account, found, now=clock.now())


async def take(db: Database, *accounts: Account, limit: int = 10) -> dict[Account, list[Notice]]:
    async with db.begin() as tx:
        return await notices.take(tx, accounts, limit=limit)


async def test_a_notice_is_shown_once_and_only_to_its_reader(db: Database, clock: FakeClock):
    gift = a_notice("gift", "spring/welcome/1/1")
    await put(db, clock, ANA, gift)
    assert await take(db, BEN, ANA_ELSEWHERE) == {}
    assert await take(db, ANA, BEN) == {ANA: [gift]}
    assert await take(db, ANA) == {}


async def test_the_same_notice_is_kept_once(db: Database, clock: FakeClock):
    await put(db, clock, ANA, a_notice("a"), a_notice("b"))
    await put(db, clock, ANA, Notice(key="a", content={"news": "something else"}))
    assert await take(db, ANA) == {ANA: [a_notice("a"), a_notice("b")]}


async def test_rewards_come_first_and_the_rest_another_time(db: Database, clock: FakeClock):
    await put(db, clock, ANA, a_notice("a"), a_notice("b"), a_notice("c", "cause"))
    assert await take(db, ANA, limit=2) == {ANA: [a_notice("c", "cause"), a_notice("a")]}
    assert await take(db, ANA, limit=2) == {ANA: [a_notice("b")]}


async def test_two_who_take_at_once_do_not_both_show_it(db: Database, clock: FakeClock):
    for number in range(20):
        await put(db, clock, ANA, a_notice(f"{number}"))
    shown = await asyncio.gather(*(take(db, ANA, limit=20) for _ in range(4)))
    keys = sorted(each.key for found in shown for each in found.get(ANA, []))
    assert keys == sorted(f"{number}" for number in range(20))


async def test_what_a_notice_carries_is_known(db: Database, clock: FakeClock):
    await put(db, clock, ANA, a_notice("a", "one"), a_notice("b"))
    async with db.read() as tx:
        assert await notices.carried(tx, ["one", "two"]) == {"one"}


async def test_what_nobody_comes_for_is_forgotten(db: Database, clock: FakeClock):
    await put(db, clock, ANA, a_notice("old"))
    clock.advance(seconds=(KEPT_FOR - timedelta(seconds=1)).total_seconds())
    await put(db, clock, ANA, a_notice("new"))
    clock.advance(seconds=1)
    async with db.begin() as tx:
        await notices.purge(tx, now=clock.now())
    assert await take(db, ANA) == {ANA: [a_notice("new")]}

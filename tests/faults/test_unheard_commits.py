"""C5: PostgreSQL commits, and the connection breaks before its answer comes. Whoever did the work does it again, as
after any trouble with the database: what was granted, handed over or decided then is so once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from campaigns.schedule import do_due
from core import codes, intake, members, outbox, rewards
from core.campaign.values import Limits, Platform, Qualify, Reward, To
from core.database import Database, DatabaseUnavailableError, rows_of, table_of
from core.intake.deliver import delivered
from core.journal.table import FactRow
from core.rewards.table import GrantRow
from tests.clock import FakeClock
from tests.faults.proxy import Proxy
from tests.people import (
    ANA,
    ENDS,
    ORGANIZER,
    POINTS,
    SALON,
    STARTS,
    Town,
    a_campaign,
    a_person,
    assert_audited,
    joined,
    seen,
    started,
)
from tests.postgres import PostgresServer

FLO, GUS = (replace(a_person(number, name), reachable=True) for number, name in ((21, "Flo"), (22, "Gus")))
CODE = Reward(id="code", to=To.FRIEND, kind="promo_code", setting="welcome")
POSTER = Reward(id="poster", to=To.FRIEND, kind="by_hand", setting={"*": "A poster"})
PODIUM = Reward(id="podium", to=To.ADVOCATE, kind="points", setting=100, top=1)
RAFFLE = Reward(id="raffle", to=To.ADVOCATE, kind="message", setting={"*": "A dinner"}, draw=1)


@dataclass
class Unheard:
    """A town that knows the database by two ways: its own, and one that may break while an answer comes."""

    town: Town
    far: Database
    proxy: Proxy

    async def commits(self, what: bytes, work: Callable[[], Awaitable[object]]) -> object:
        """The work, whose commit of `what` is never answered; and again, as whoever did it would. What it says then."""
        self.proxy.keep_the_next_answer_to_a_commit(what)
        working = asyncio.ensure_future(work())
        async with asyncio.timeout(20):
            await self.proxy.caught.wait()
        await self._is_there(what)
        self.proxy.cut()
        self.proxy.thaw()
        with pytest.raises(DatabaseUnavailableError):
            await working
        return await work()

    async def _is_there(self, what: bytes) -> None:
        """It has been committed, whatever the other side knows."""

        async def lines() -> list[str]:
            async with self.town.db.read() as tx:
                rows = await rows_of(tx, select(table_of(FactRow).c.key))
            return [row.key for row in rows if row.key.startswith(what.decode())]

        before = asyncio.get_running_loop().time()
        while not await lines():
            assert asyncio.get_running_loop().time() < before + 10

    async def grants(self) -> list[tuple[str, str | None]]:
        async with self.town.db.read() as tx:
            grant = table_of(GrantRow)
            rows = await rows_of(tx, select(grant.c.cause, grant.c.gift).order_by(grant.c.cause))
        return [tuple(row) for row in rows]


@pytest.fixture
async def unheard(postgres: PostgresServer, postgres_url: str) -> AsyncIterator[Unheard]:
    proxy = Proxy(postgres.folder)
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    far = Database(f"postgresql://postgres@127.0.0.1:{await proxy.start()}/{name}")
    near = Database(postgres_url)
    town = Town(near, FakeClock(STARTS))
    async with near.begin() as tx:
        await members.meet(tx, [ORGANIZER, ANA, FLO, GUS], now=town.now)
    yield Unheard(town, far, proxy)
    await assert_audited(near)
    await near.close()
    await far.close()
    await proxy.stop()


async def applied(unheard: Unheard, **changes: object) -> None:
    """Flo and Gus have come through Ana."""
    town = unheard.town
    usual = {"qualify": Qualify(stay=timedelta(hours=1)), "codes": {"welcome": "codes.txt"}}
    await town.apply(a_campaign(**{**usual, "rewards": (POINTS, CODE, POSTER, PODIUM, RAFFLE), **changes}))
    code = await town.code_of(ANA)
    await town.take(*(fact for each in (FLO, GUS) for fact in (started(each, town.now, code), joined(each, town.now))))
    town.there |= {FLO.account, GUS.account}
    town.clock.advance(hours=2)


async def fill(town: Town, *some: str) -> None:
    async with town.db.begin() as tx:
        await codes.add(tx, (await codes.pools(tx))[0].id, some)


async def test_rewards_are_granted_once(unheard: Unheard) -> None:
    town = unheard.town
    await applied(unheard)
    await fill(town, "A", "B", "C")
    fact = seen(FLO, town.now, True, chat=SALON)

    async def take() -> None:
        async with unheard.far.begin() as tx:
            await intake.take(tx, [fact], now=town.now)

    await unheard.commits(b"granted/", take)
    assert len(await unheard.grants()) == 3
    assert (await town.standing(FLO))[:2] == ("rewarded", "rewarded")
    async with town.db.read() as tx:
        assert (await codes.pools(tx))[0].left == 2


async def test_what_was_held_is_released_once(unheard: Unheard) -> None:
    town = unheard.town
    await applied(unheard, rewards=(CODE,), limits=Limits(rewards=2))
    await town.settle()
    await fill(town, "A", "B", "C")

    async def release() -> int:
        async with unheard.far.begin() as tx:
            return await intake.release(tx, 1, now=town.now)

    assert await unheard.commits(b"granted/", release) == 0
    gifts = [gift for _, gift in await unheard.grants()]
    assert len(gifts) == len(set(gifts) - {None}) == 2


async def test_what_is_given_by_hand_is_ticked_off_once(unheard: Unheard) -> None:
    town = unheard.town
    await applied(unheard, rewards=(POSTER,))
    await town.settle()
    organizer = await town.member(ORGANIZER)
    async with town.db.read() as tx:
        first, _ = await rewards.by_hand(tx, 1, limit=9)

    async def handed() -> bool:
        async with unheard.far.begin() as tx:
            return await intake.handed(tx, first.cause, by=organizer.id, now=town.now)

    assert await unheard.commits(b"delivered/", handed) is False
    assert (await town.totals())["rewards.delivered"] == 1


async def test_what_a_door_has_brought_is_marked_once(unheard: Unheard) -> None:
    town = unheard.town
    await applied(unheard, rewards=(CODE,))
    await fill(town, "A", "B", "C")
    while await town.look() or await questions(town):
        pass
    async with town.db.begin() as tx:
        about = {"now": town.now, "limit": 50, "lease": timedelta(minutes=1)}
        rows = [row for row in await outbox.claim(tx, Platform.TELEGRAM, **about) if row.grant_cause is not None]

    async def mark() -> list[bool]:
        async with unheard.far.begin() as tx:
            mine = [await outbox.done(tx, row) for row in rows]
            for row, was_mine in zip(rows, mine, strict=True):
                if was_mine:
                    await delivered(tx, row.grant_cause or "", now=town.now)
            return mine

    assert await unheard.commits(b"delivered/", mark) == [False, False]
    assert (await town.totals())["rewards.delivered"] == 2


async def questions(town: Town) -> int:
    """Let the platform answer what it is asked, and bring nothing else."""
    async with town.db.begin() as tx:
        asked = [
            row
            for row in await outbox.claim(
                tx, Platform.TELEGRAM, now=town.now, limit=50, lease=timedelta(seconds=0), without=[11, 21, 22]
            )
            if row.kind == "ask_membership"
        ]
        for row in asked:
            who = next(each for each in (FLO, GUS) if each.account.id == row.content["account"])
            await intake.take(tx, [seen(who, town.now, who.account in town.there, chat=row.address)], now=town.now)
            await outbox.done(tx, row)
    return len(asked)


async def test_the_results_are_drawn_up_once(unheard: Unheard) -> None:
    town = unheard.town
    await applied(unheard, rewards=(POINTS, PODIUM, RAFFLE))
    await town.settle()
    town.clock.advance(seconds=(ENDS + timedelta(days=1, hours=1) - town.now).total_seconds())
    await town.settle()
    for _ in ("the start", "the end"):
        await do_due(town.db, town.clock)
    assert await unheard.commits(b"results/", lambda: do_due(unheard.far, town.clock)) is False
    assert sum("podium" in cause for cause, _ in await unheard.grants()) == 1


async def test_codes_are_imported_once(unheard: Unheard) -> None:
    """Not in the journal, but told apart by themselves."""
    town = unheard.town
    await applied(unheard)
    unheard.proxy.keep_the_next_answer_to_a_commit(b"the-first")

    async def add() -> tuple[int, int]:
        async with unheard.far.begin() as tx:
            done = await codes.add(tx, (await codes.pools(tx))[0].id, ["the-first", "the-second"])
            return done.new, sum(done.known.values())

    adding = asyncio.ensure_future(add())
    async with asyncio.timeout(20):
        await unheard.proxy.caught.wait()
    async with town.db.begin() as tx:  # waits for the other one's commit
        assert (await codes.add(tx, (await codes.pools(tx))[0].id, ["the-first"])).new == 0
    unheard.proxy.cut()
    unheard.proxy.thaw()
    with pytest.raises(DatabaseUnavailableError):
        await adding
    assert await add() == (0, 2)
    async with town.db.read() as tx:
        [pool] = await codes.pools(tx)
    assert (pool.total, pool.left) == (2, 2)

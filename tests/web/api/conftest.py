"""A town with two campaigns and some referrals, the API that shows it, and keys of every kind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bots.web.api import ROOT, Api
from bots.web.app import build
from core import folds, keys
from core.database import Database
from tests.clock import FakeClock
from tests.people import ANA, BEN, Town, a_campaign, a_person, joined, started

Web = TestClient[web.Request, web.Application]

FRIENDS = [a_person(30 + number, f"Friend {number}") for number in range(7)]
LATER = {"seconds": 1}
"""After this, answers are made anew."""


@asynccontextmanager
async def served(db: Database, clock: FakeClock, **limits: object) -> AsyncIterator[Web]:
    app = build(db, clock, below={ROOT: Api(db, clock, **limits).application()})  # type: ignore[arg-type]
    async with TestClient(TestServer(app)) as client:
        yield client


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Secrets: of all campaigns, of each one, and one that holds no more."""

    reads: str
    writes: str
    spring: str
    autumn: str
    revoked: str


@pytest.fixture
async def town(db: Database, clock: FakeClock) -> Town:
    """Ana brought five friends, Ben two; of hers, three have stayed."""
    town = Town(db, clock)
    await town.apply(a_campaign(), a_campaign("autumn", chats=(-2001,)))
    await town.code_of(BEN)
    code = await town.code_of(ANA)
    for friend in FRIENDS:
        link = code if friend in FRIENDS[:5] else await town.code_of(BEN)
        await town.take(started(friend, town.now, link, channel="whatsapp"), joined(friend, town.now))
        town.clock.advance(minutes=1)
    await town.pass_time(days=4, there=FRIENDS[:3])
    await folds.catch_up(db)
    return town


@pytest.fixture
async def secrets(db: Database, clock: FakeClock, town: Town) -> Keys:
    spring, autumn = await town.campaign("spring"), await town.campaign("autumn")
    async with db.begin() as tx:
        made = {
            "reads": await keys.create(tx, "reads", now=clock.now()),
            "writes": await keys.create(tx, "writes", may_write=True, now=clock.now()),
            "spring": await keys.create(tx, "spring", campaign_id=spring.id, may_write=True, now=clock.now()),
            "autumn": await keys.create(tx, "autumn", campaign_id=autumn.id, may_write=True, now=clock.now()),
            "revoked": await keys.create(tx, "gone", may_write=True, now=clock.now()),
        }
        await keys.revoke(tx, "gone")
    return Keys(**made)


@pytest.fixture
async def api(db: Database, clock: FakeClock, town: Town) -> AsyncIterator[Web]:
    async with served(db, clock) as client:
        yield client


def bearer(secret: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}", **more}

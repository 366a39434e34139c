"""In the house that is really run, the API and the metrics are where the contract says."""

import asyncio

import aiohttp

from bots.cli.house import House
from bots.cli.settings import Settings
from core import keys
from core.clock import SystemClock
from core.database import Database
from tests.people import a_campaign
from tests.waiting import until
from tests.web.api.conftest import bearer


async def test_the_house_serves_the_api_and_measures_it(sqlite_url: str, sqlite_db: Database) -> None:
    clock, stop, heard = SystemClock(), asyncio.Event(), list[str]()
    settings = Settings(database_url=sqlite_url, listen="127.0.0.1:0")
    house = House(settings=settings, campaigns=[a_campaign()], parts=("web",), clock=clock, listening=heard.append)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.live(stop))
        await until(lambda: heard)
        async with sqlite_db.begin() as tx:
            secret = await keys.create(tx, "till", now=clock.now())
        async with aiohttp.ClientSession(heard[0]) as session:
            answer = await session.get("/api/v1/campaigns/spring", headers=bearer(secret))
            assert (answer.status, (await answer.json())["campaign"]) == (200, "spring")
            metrics = await (await session.get("/metrics")).text()
        stop.set()
    route = 'route="/api/v1/campaigns/{campaign}"'
    assert f'sayso_http_requests_total{{method="GET",{route},status="2xx"}} 1.0' in metrics
    assert 'sayso_campaign_figure{campaign="spring"' in metrics or 'sayso_campaign_state{campaign="spring"' in metrics

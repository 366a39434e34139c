"""What Prometheus reads: every figure under its name, and nobody's secret."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import metadata

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from bots.web.app import build, serve
from bots.web.metrics import FRESH_FOR, Metrics
from core import keys, occurrences, totals
from core.database import Database
from tests.clock import FakeClock
from tests.people import ANA, FLO, Town, a_campaign, joined, started
from tests.waiting import until

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(found: Samples, name: str, /, **labels: str) -> float | None:
    return found.get((name, frozenset(labels.items())))


@pytest.fixture
async def town(db: Database, clock: FakeClock) -> Town:
    town = Town(db, clock)
    await town.apply(a_campaign())
    code = await town.code_of(ANA)
    await town.take(started(FLO, town.now, code), joined(FLO, town.now))
    return town


@asynccontextmanager
async def scraping(metrics: Metrics, db: Database, clock: FakeClock) -> AsyncIterator[Callable[..., object]]:
    async with TestClient(TestServer(build(db, clock, routes=metrics.routes()))) as client:

        async def scrape() -> Samples:
            answer = await client.get("/metrics")
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"
            return samples(await answer.text())

        yield scrape


async def test_campaigns_are_told_as_they_are_kept(db: Database, clock: FakeClock, town: Town) -> None:
    metrics = Metrics(db, clock, unrecorded=lambda: 3)
    async with scraping(metrics, db, clock) as scrape:
        found = await scrape()
    assert of(found, "sayso_campaign_figure", campaign="spring", name="joins") == 1
    assert of(found, "sayso_campaign_figure", campaign="spring", name="referrals.pending") == 1
    assert of(found, "sayso_campaign_state", campaign="spring", state="running") == 1
    assert of(found, "sayso_occurrences_missed", campaign="spring") == 0
    assert of(found, "sayso_inbox", state="waiting") == 0
    assert of(found, "sayso_outbox", state="failed") == 0
    assert of(found, "sayso_outbox", state="waiting") is not None
    assert of(found, "sayso_visits_unrecorded_total") == 3
    assert of(found, "sayso_database_up") == 1
    assert of(found, "sayso_build_info", version=metadata.version("sayso")) == 1
    assert (of(found, "process_start_time_seconds") or 0) > 0


async def test_what_a_campaign_missed_is_counted(db: Database, clock: FakeClock, town: Town) -> None:
    campaign = await town.campaign()
    async with db.begin() as tx:
        await occurrences.drop_expected(tx, campaign.id)
        await occurrences.expect(tx, campaign.id, "reminder", clock.now())
        due = await occurrences.claim_due(tx, now=clock.now())
        assert due is not None
        await occurrences.missed(tx, due, now=clock.now(), note="too late")
    async with scraping(Metrics(db, clock, unrecorded=int), db, clock) as scrape:
        assert of(await scrape(), "sayso_occurrences_missed", campaign="spring") == 1


async def test_the_database_is_asked_every_few_seconds_at_most(db: Database, clock: FakeClock, town: Town) -> None:
    campaign = await town.campaign()
    async with scraping(Metrics(db, clock, unrecorded=int), db, clock) as scrape:
        seen = []
        for wait in (0.0, 0.0, FRESH_FOR.total_seconds()):
            clock.advance(seconds=wait)
            seen.append(of(await scrape(), "sayso_campaign_figure", campaign="spring", name="clicks"))
            async with db.begin() as tx:
                await totals.add(tx, {(campaign.id, "clicks"): 1})
    assert seen == [None, None, 2]


async def test_without_the_database_the_rest_is_told(clock: FakeClock) -> None:
    db = Database("postgresql://sayso:canary@127.0.0.1:1/sayso")
    async with scraping(Metrics(db, clock, unrecorded=int), db, clock) as scrape:
        found = await scrape()
    assert of(found, "sayso_database_up") == 0
    assert of(found, "sayso_visits_unrecorded_total") == 0
    assert not [name for name, _ in found if name.startswith("sayso_campaign")]
    await db.close()


async def test_answers_are_counted_by_route_and_timed_but_for_links(sqlite_db: Database, clock: FakeClock) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response()

    metrics = Metrics(sqlite_db, clock, unrecorded=int)
    routes = [*metrics.routes(), web.get("/r/{code}", answer), web.get("/hook/{token}", answer)]
    app, stop, heard = build(sqlite_db, clock, routes=routes), asyncio.Event(), list[str]()
    async with asyncio.TaskGroup() as tasks:
        listening = serve(app, "127.0.0.1", 0, stop, listening=heard.append, answered=metrics.requests.answered)
        tasks.create_task(listening)
        await until(lambda: heard)
        async with aiohttp.ClientSession(heard[0]) as session:
            for path in ("/r/CANARYCODE1", "/r/CANARYCODE2", "/hook/canary", "/canary", "/hook/canary?canary=canary"):
                await session.get(path)
            await session.request("CANARY", "/hook/x")
            text = await (await session.get("/metrics")).text()
        stop.set()
    found = samples(text)
    assert "canary" not in text.lower()
    assert of(found, "sayso_http_requests_total", route="/r/{code}", method="GET", status="2xx") == 2
    assert of(found, "sayso_http_requests_total", route="/hook/{token}", method="GET", status="2xx") == 2
    assert of(found, "sayso_http_requests_total", route="-", method="GET", status="4xx") == 1
    assert of(found, "sayso_http_requests_total", route="-", method="other", status="4xx") == 1
    assert of(found, "sayso_http_request_seconds_count", route="/hook/{token}") == 2
    assert of(found, "sayso_http_request_seconds_bucket", route="/hook/{token}", le="+Inf") == 2
    assert of(found, "sayso_http_request_seconds_count", route="/r/{code}") is None


def test_times_fall_into_their_buckets() -> None:
    db = Database("sqlite:///unused.db")
    requests = Metrics(db, FakeClock(), unrecorded=int).requests
    for seconds in (0.001, 0.0011, 0.3, 60.0):
        requests.answered("/x", "GET", 200, seconds)
    counted, took = requests.collect()
    buckets = {sample.labels["le"]: sample.value for sample in took.samples if sample.name.endswith("_bucket")}
    assert (buckets["0.001"], buckets["0.0025"], buckets["0.25"], buckets["0.5"], buckets["10.0"]) == (1, 2, 2, 3, 3)
    assert buckets["+Inf"] == 4
    assert [sample.value for sample in counted.samples] == [4]


async def test_who_asks_for_openmetrics_gets_it(db: Database, clock: FakeClock, town: Town) -> None:
    metrics = Metrics(db, clock, unrecorded=int)
    metrics.requests.answered("/x", "GET", 200, 0.1)
    async with TestClient(TestServer(build(db, clock, routes=metrics.routes()))) as client:
        answer = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
        text = await answer.text()
    assert answer.content_type == "application/openmetrics-text"
    names = {family.name for family in read_openmetrics(text)}
    assert {"sayso_http_requests", "sayso_http_request_seconds", "sayso_campaign_figure"} <= names


async def test_nobodys_name_code_or_key_is_in_it(db: Database, clock: FakeClock, town: Town) -> None:
    async with db.begin() as tx:
        secret = await keys.create(tx, "till-of-the-shop", now=clock.now())
    async with TestClient(TestServer(build(db, clock, routes=Metrics(db, clock, unrecorded=int).routes()))) as client:
        text = await (await client.get("/metrics")).text()
    for hidden in (secret, "till-of-the-shop", ANA.name, await town.code_of(ANA)):
        assert hidden not in text

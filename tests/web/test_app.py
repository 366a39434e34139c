"""The web's own two addresses, the routes of other doors, and what holds for every answer."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from io import BytesIO

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bots.web import app as web_app
from bots.web.app import DB, HEADERS, LARGEST_BODY, ListenError, build, serve
from core.database import Database
from core.errors import OperatorError
from tests.clock import FakeClock

Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def client_of(app: web.Application) -> AsyncIterator[Client]:
    async with TestClient(TestServer(app)) as client:
        yield client


@asynccontextmanager
async def served(
    db: Database,
    *,
    routes: Sequence[web.RouteDef] = (),
    ready: Sequence[Callable[[], Awaitable[None]]] = (),
) -> AsyncIterator[Client]:
    async with client_of(build(db, FakeClock(), routes=routes, ready=ready)) as client:
        yield client


class CarrierPigeon:
    """A door that may not be ready."""

    def __init__(self) -> None:
        self.problem: Exception | None = None

    async def ready(self) -> None:
        if self.problem:
            raise self.problem


class PigeonError(OperatorError):
    code = "pigeon_asleep"


async def test_it_is_alive_and_ready(db: Database) -> None:
    async with served(db, ready=[CarrierPigeon().ready]) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
        assert (alive.status, await alive.text()) == (200, "ok")
        assert (ready.status, await ready.json()) == (200, {"ready": True, "not_ready": {}})


async def test_without_its_database_it_is_alive_but_not_ready(caplog: pytest.LogCaptureFixture) -> None:
    db = Database("postgresql://sayso:canary@127.0.0.1:1/sayso")
    async with served(db) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
        again = await client.get("/readyz")
        assert alive.status == 200
        assert (ready.status, again.status) == (503, 503)
        assert await ready.json() == {"ready": False, "not_ready": {"database": "database_unavailable"}}
        assert "127.0.0.1" not in await ready.text()
    assert [record.levelname for record in caplog.records if record.name == "bots.web.app"] == ["WARNING"]
    await db.close()


async def test_a_door_that_is_not_ready_is_named_and_its_secrets_are_not(sqlite_db: Database) -> None:
    door = CarrierPigeon()
    async with served(sqlite_db, ready=[door.ready]) as client:
        for problem, code in (
            (PigeonError("canary", fix="canary"), "pigeon_asleep"),
            (RuntimeError("canary"), "RuntimeError"),
        ):
            door.problem = problem
            answer = await client.get("/readyz")
            assert answer.status == 503
            assert await answer.json() == {"ready": False, "not_ready": {"CarrierPigeon": code}}
        door.problem = None
        assert (await client.get("/readyz")).status == 200


async def test_a_door_that_does_not_answer_is_not_ready(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(web_app, "READY_WITHIN", 0.01)
    async with served(sqlite_db, ready=[never]) as client:
        answer = await client.get("/readyz")
        assert (await answer.json())["not_ready"] == {"never": "timeout"}


async def hello(request: web.Request) -> web.Response:
    await request.app[DB].ping()
    return web.Response(text=await request.text() or "hello", headers={"X-Frame-Options": "SAMEORIGIN"})


async def broken(_: web.Request) -> web.Response:
    raise RuntimeError("canary")


async def endless(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    return web.Response()


ROUTES = [
    web.post("/hook/{token}", hello),
    web.get("/broken", broken),
    web.get("/endless", endless),
]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/healthz"), ("GET", "/none"), ("PUT", "/healthz"), ("GET", "/broken")]
)
async def test_every_answer_has_the_safe_headers(sqlite_db: Database, method: str, path: str) -> None:
    async with served(sqlite_db, routes=ROUTES) as client:
        answer = await client.request(method, path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["Server"] == "sayso"
        assert "canary" not in await answer.text()


async def test_a_door_may_say_a_header_itself(sqlite_db: Database) -> None:
    async with served(sqlite_db, routes=ROUTES) as client:
        answer = await client.post("/hook/x", data="hi")
        assert (await answer.text(), answer.headers["X-Frame-Options"]) == ("hi", "SAMEORIGIN")


async def test_a_body_that_is_too_large_is_refused(sqlite_db: Database) -> None:
    async with served(sqlite_db, routes=ROUTES) as client:
        fits = await client.post("/hook/x", data=BytesIO(b"x" * LARGEST_BODY))
        assert fits.status == 200
        assert (await client.post("/hook/x", data=BytesIO(b"x" * (LARGEST_BODY + 1)))).status == 413


async def test_what_takes_too_long_is_given_up(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_app, "ANSWERED_WITHIN", 0.01)
    async with served(sqlite_db, routes=ROUTES) as client:
        assert (await client.get("/endless")).status == 408


async def asked(db: Database, path: str, caplog: pytest.LogCaptureFixture, *, method: str = "POST") -> None:
    """Ask a server that really listens, and have it stop."""
    stop, at = asyncio.Event(), asyncio.get_running_loop().create_future()
    app = build(db, FakeClock(), routes=ROUTES)
    with caplog.at_level(logging.DEBUG, "bots.web"):
        serving = asyncio.create_task(serve(app, "127.0.0.1", 0, stop, listening=at.set_result))
        async with aiohttp.ClientSession() as session, session.request(method, f"{await at}{path}") as answer:
            await answer.read()
        stop.set()
        await serving


async def test_the_access_log_names_the_route_and_nothing_else(
    sqlite_db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await asked(sqlite_db, "/hook/canary?key=canary", caplog)
    await asked(sqlite_db, "/nowhere/canary?canary", caplog)
    lines = [vars(record) for record in caplog.records if record.name == "bots.web.access"]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/hook/{token}", 200),
        ("POST", "-", 404),
    ]
    assert not any("canary" in str(line) or "127.0.0.1" in str(line) for line in lines)


async def test_questions_about_its_health_are_not_worth_a_line(
    sqlite_db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await asked(sqlite_db, "/healthz", caplog, method="GET")
    assert [record.levelname for record in caplog.records if record.name == "bots.web.access"] == ["DEBUG"]


async def test_it_finishes_the_requests_at_hand(sqlite_db: Database) -> None:
    begun, go_on, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        begun.set()
        await go_on.wait()
        return web.Response(text="done")

    at = asyncio.get_running_loop().create_future()
    app = build(sqlite_db, FakeClock(), routes=[web.get("/slow", slow)])
    serving = asyncio.create_task(serve(app, "127.0.0.1", 0, stop, listening=at.set_result))
    async with aiohttp.ClientSession() as session:
        asking = asyncio.create_task(session.get(f"{await at}/slow"))
        await begun.wait()
        stop.set()
        go_on.set()
        async with await asking as answer:
            assert await answer.text() == "done"
    await serving


async def test_a_taken_address_is_said_in_one_line(sqlite_db: Database) -> None:
    async with client_of(build(sqlite_db, FakeClock())) as client:
        app = build(sqlite_db, FakeClock())
        with pytest.raises(
            ListenError, match=r"cannot listen on 127\.0\.0\.1:\d+ \(somebody else does\); set SAYSO_LISTEN"
        ):
            await serve(app, "127.0.0.1", client.port or 0, asyncio.Event())

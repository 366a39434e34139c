"""Whatever goes wrong is told as RFC 9457 wants it, with what to do, and gives nothing away."""

import asyncio
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from aiohttp import ClientResponse

from bots.web.api import frame
from bots.web.api.problems import EVERY
from core.database import Database
from tests.clock import FakeClock
from tests.web.api.conftest import Keys, Web, bearer, served

CONTENTS = (
    (b"{", "application/json", "broken-json"),
    (b"", "application/json", "broken-json"),
    (b'{"id": "\xff"}', "application/json", "broken-json"),
    (b"[" * 100_000, "application/json", "invalid"),
    (b'{"id": ' + b"[" * 100_000, "application/json", "invalid"),
    (b'{"x": ' + b"[" * 100_000, "application/json", "invalid"),
    (b'{"value": ' + b"[" * 100_000, "application/json", "broken-json"),
    (b"null", "application/json", "invalid"),
    (b"{}", "text/plain", "not-json"),
    (b"id=1", "application/x-www-form-urlencoded", "not-json"),
    (b" " * (1024 * 1024 + 1), "application/json", "too-large"),
)
QUERIES = (
    "limit=0",
    "limit=201",
    "limit=-1",
    "limit=x",
    "limit=",
    "limit=null",
    "limit=1.5",
    "limit=1&limit=2",
    "sort=points",
    "limit=1;DROP TABLE member",
    "cursor=",
    "cursor=%00",
    "cursor=" + "a" * 201,
    "cursor='",
)
CURSORS = ("x", "WzFd" * 9, "bnVsbA", "WyJhIl0", "WzEuNV0", "W10", "WzEsMiwzLDRd", "e30", "____")

MEMBERS = {"type", "title", "status", "detail"}


async def problem(answer: ClientResponse, name: str) -> dict[str, Any]:
    """The problem, which is of this kind."""
    kind = next(each for each in EVERY if each.name == name)
    told = await answer.json(content_type="application/problem+json")
    assert set(told) == MEMBERS
    assert (answer.status, told["status"]) == (kind.status, kind.status), told
    assert (told["type"], told["title"]) == (f"/api/docs#{name}", kind.title)
    assert told["detail"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return told


def test_a_kind_is_named_once() -> None:
    assert len({kind.name for kind in EVERY}) == len(EVERY)


async def test_an_unknown_address(api: Web) -> None:
    for path in ("/api", "/api/", "/api/v1", "/api/v2/campaigns", "/api/v1/campaigns/a/b/c", "/api/%00"):
        await problem(await api.get(path), "not-found")


async def test_an_unknown_method(api: Web) -> None:
    for method, path, allowed in (
        ("PUT", "/api/v1/campaigns", "GET,HEAD"),
        ("DELETE", "/api/v1/campaigns/spring", "GET,HEAD"),
        ("GET", "/api/v1/conversions", "POST"),
        ("POST", "/api/docs", "GET,HEAD"),
    ):
        answer = await api.request(method, path)
        await problem(answer, "method-not-allowed")
        assert answer.headers["Allow"] == allowed


async def test_content_that_cannot_be_read(api: Web, secrets: Keys) -> None:
    for content, kind, name in CONTENTS:
        headers = bearer(secrets.writes, **{"Content-Type": kind})
        await problem(await api.post("/api/v1/conversions", data=BytesIO(content), headers=headers), name)


async def test_content_that_does_not_come(api: Web, secrets: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "SENT_WITHIN", 0.05)

    async def never() -> Any:
        yield b"{"
        await asyncio.Event().wait()

    headers = bearer(secrets.writes, **{"Content-Type": "application/json"})
    await problem(await api.post("/api/v1/conversions", data=never(), headers=headers), "too-slow")


async def test_a_parameter_that_is_not_as_described(api: Web, secrets: Keys) -> None:
    for query in QUERIES:
        answer = await api.get(f"/api/v1/campaigns/spring/leaderboard?{query}", headers=bearer(secrets.reads))
        assert "; " in (await problem(answer, "invalid"))["detail"]


async def test_a_cursor_that_nobody_gave_out(api: Web, secrets: Keys) -> None:
    for path, cursor in product(("", "/spring/leaderboard", "/spring/referrals"), CURSORS):
        answer = await api.get(f"/api/v1/campaigns{path}?cursor={cursor}", headers=bearer(secrets.reads))
        await problem(answer, "unknown-cursor")


async def test_a_fault_of_ours_says_nothing_about_itself(
    db: Database, clock: FakeClock, secrets: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    async with db.begin() as tx:
        await tx.exec_driver_sql("ALTER TABLE total RENAME TO canary")
    async with served(db, clock) as api:
        answer = await api.get("/api/v1/campaigns/spring", headers=bearer(secrets.reads))
        told = await problem(answer, "broken")
    assert "total" not in str(told)
    assert [record.levelname for record in caplog.records if record.name == "bots.web.api.frame"] == ["ERROR"]


async def test_without_the_database_it_is_later(clock: FakeClock) -> None:
    db = Database("postgresql://sayso:canary@127.0.0.1:1/sayso")
    async with served(db, clock) as api:
        answer = await api.get("/api/v1/campaigns", headers=bearer("sayso_" + "x" * 40))
        told = await problem(answer, "busy")
    assert answer.headers["Retry-After"] == "5"
    assert "127.0.0.1" not in str(told)
    await db.close()

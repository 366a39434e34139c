"""Who may see and say what: every route with every kind of key."""

import asyncio
import logging
import re
from collections.abc import Iterator

import pytest

from bots.web.api import ROOT
from bots.web.api.operations import Operation, Reading
from bots.web.api.routes import OPERATIONS
from core import keys
from core.database import Database
from tests.clock import FakeClock
from tests.people import ANA, Town
from tests.web.api.conftest import Keys, Web, bearer, served

OF_A_CAMPAIGN = [each for each in OPERATIONS if "{campaign}" in each.path]


def path(operation: Operation, campaign: str = "spring") -> str:
    return ROOT + operation.path.replace("{campaign}", campaign)


async def status_of(api: Web, operation: Operation, headers: dict[str, str], campaign: str = "spring") -> int:
    """What the operation is answered with; a report is a good one."""
    report = {"id": "1", "name": "first-order", "member": 2, "campaign": campaign}
    sent = {} if isinstance(operation, Reading) else {"json": report}
    answer = await api.request(operation.method, path(operation, campaign), headers=headers, **sent)  # type: ignore[arg-type]
    if answer.status >= 400:
        assert answer.content_type == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.status in (401, 403)) == ("WWW-Authenticate" in answer.headers)
    return answer.status


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
async def test_every_route_asks_for_a_key_that_holds(api: Web, secrets: Keys, operation: Operation) -> None:
    reads = isinstance(operation, Reading)
    assert await status_of(api, operation, {}) == 401
    for wrong in ("", "sayso_", "sayso_" + "x" * 40, secrets.reads[:-1], secrets.reads + "x", secrets.revoked, "ключ"):
        assert await status_of(api, operation, bearer(wrong)) == 401
    assert await status_of(api, operation, {"Authorization": f"Basic {secrets.writes}"}) == 401
    assert await status_of(api, operation, {"X-Api-Key": secrets.writes}) == 401
    assert await status_of(api, operation, bearer(secrets.writes)) == (200 if reads else 201)
    assert await status_of(api, operation, bearer(secrets.spring)) == 200
    assert await status_of(api, operation, {"authorization": f"bearer  {secrets.writes} "}) == 200


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
async def test_a_key_that_only_reads_reports_nothing(api: Web, secrets: Keys, operation: Operation) -> None:
    wanted = 200 if isinstance(operation, Reading) else 403
    assert await status_of(api, operation, bearer(secrets.reads)) == wanted


@pytest.mark.parametrize("operation", OF_A_CAMPAIGN, ids=lambda each: each.name)
async def test_another_campaign_is_as_if_it_were_not_there(api: Web, secrets: Keys, operation: Operation) -> None:
    answers = [
        await api.get(path(operation, campaign), headers=bearer(secrets.autumn))
        for campaign in ("spring", "no-such-one", "%00", "SPRING", "spring%0A", "a" * 41, "..%2fspring", "%ff")
    ]
    bodies = {(answer.status, await answer.text()) for answer in answers}
    assert {status for status, _ in bodies} == {404}
    assert len(bodies) == 1
    assert await status_of(api, operation, bearer(secrets.autumn), "autumn") == 200


async def test_a_report_for_another_campaign_is_refused_and_nothing_is_kept(
    api: Web, secrets: Keys, town: Town
) -> None:
    report = {"id": "1", "name": "first-order", "member": 2, "campaign": "spring"}
    for campaign in ("spring", "no-such-one"):
        answer = await api.post(
            "/api/v1/conversions", json={**report, "campaign": campaign}, headers=bearer(secrets.autumn)
        )
        assert (answer.status, (await answer.json())["type"]) == (404, "/api/docs#unknown-campaign")
    assert "conversions" not in await town.totals()


async def test_a_link_of_another_campaign_is_as_if_it_were_not_there(api: Web, secrets: Keys, town: Town) -> None:
    for code in (await town.code_of(ANA), "AbCdEfGhJkm"):
        report = {"id": "1", "name": "first-order", "code": code}
        answer = await api.post("/api/v1/conversions", json=report, headers=bearer(secrets.autumn))
        assert (answer.status, (await answer.json())["type"]) == (404, "/api/docs#unknown-code")


async def test_a_key_of_one_campaign_lists_that_one(api: Web, secrets: Keys) -> None:
    listed = [
        [each["campaign"] for each in (await (await api.get("/api/v1/campaigns", headers=bearer(key))).json())["items"]]
        for key in (secrets.autumn, secrets.spring, secrets.reads)
    ]
    assert listed == [["autumn"], ["spring"], ["spring", "autumn"]]


async def test_a_key_in_the_address_is_no_key(api: Web, secrets: Keys) -> None:
    for name in ("key", "api_key", "access_token", "token"):
        answer = await api.get("/api/v1/campaigns", params={name: secrets.reads})
        assert answer.status == 401


async def test_two_keys_at_once_are_none(api: Web, secrets: Keys) -> None:
    headers = [("Authorization", f"Bearer {secrets.reads}"), ("Authorization", f"Bearer {secrets.writes}")]
    assert (await api.get("/api/v1/campaigns", headers=headers)).status == 401


async def test_a_key_that_is_revoked_is_refused_within_a_second(
    api: Web, secrets: Keys, db: Database, clock: FakeClock
) -> None:
    assert (await api.get("/api/v1/campaigns", headers=bearer(secrets.reads))).status == 200
    async with db.begin() as tx:
        await keys.revoke(tx, "reads")
    clock.advance(seconds=1)
    assert (await api.get("/api/v1/campaigns", headers=bearer(secrets.reads))).status == 401


async def test_many_who_come_at_once_are_all_let_in(api: Web, secrets: Keys) -> None:
    answers = await asyncio.gather(
        *(api.get("/api/v1/campaigns/spring", headers=bearer(secrets.reads)) for _ in range(40))
    )
    assert {answer.status for answer in answers} == {200}
    assert len({await answer.text() for answer in answers}) == 1


def everything_said(records: list[logging.LogRecord]) -> Iterator[str]:
    for record in records:
        yield record.getMessage()
        yield str(vars(record))


async def test_no_key_reaches_the_log(
    secrets: Keys, db: Database, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with db.begin() as tx:
        await tx.exec_driver_sql("ALTER TABLE total RENAME TO gone")
    async with served(db, clock) as api:
        for secret in (secrets.reads, secrets.revoked):
            for where in ("", "/spring", "/nope", f"/spring?x={secret}", f"/{secret}"):
                await api.get(f"/api/v1/campaigns{where}", headers=bearer(secret))
    said = "\n".join(everything_said([each for each in caplog.records if each.name.startswith(("bots", "core"))]))
    assert "a request failed" in said
    assert not re.search("sayso_[A-Za-z0-9]{10}", said)

"""The shop's reports: each counts once, and what is told twice is answered the same."""

import asyncio
import json
from decimal import Decimal
from typing import Any

from core import conversions
from core.audit import audit
from core.database import Database
from tests.people import ANA, FLO, Town
from tests.web.api.conftest import FRIENDS, Keys, Web, bearer

REPORT: dict[str, Any] = {"id": "order-1", "name": "first-order", "value": 49.9, "currency": "EUR"}

WRONG: tuple[dict[str, Any], ...] = (
    {"value": -1},
    {"value": "1e3"},
    {"value": "1_000"},
    {"value": True},
    {"value": [1]},
    {"value": 10**12},
    {"value": "9" * 500},
    {"value": 1e308},
    {"currency": "eur"},
    {"currency": "EURO"},
    {"id": ""},
    {"id": " 1"},
    {"id": "1\u0000"},
    {"id": "1\n"},
    {"id": "x" * 201},
    {"id": 1},
    {"name": None},
    {"member": 0},
    {"member": -1},
    {"member": 1.5},
    {"member": True},
    {"member": "discord:"},
    {"member": "icq:1"},
    {"member": 2**63},
    {"points": 1000},
    {"at": "2020-01-01T00:00:00Z"},
    {"counted": True},
    {"campaign": "Spring!"},
)


async def report(api: Web, secret: str, content: Any) -> tuple[int, Any]:
    answer = await api.post("/api/v1/conversions", json=content, headers=bearer(secret))
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status, await answer.json()


async def kept_of(db: Database, town: Town) -> list[Any]:
    member = (await town.member(FRIENDS[0])).id
    async with db.read() as tx:
        assert await audit(tx) == []
        return (await conversions.of_members(tx, [member])).get(((await town.campaign()).id, member), [])


async def test_a_report_is_kept_once_however_often_it_comes(api: Web, secrets: Keys, town: Town, db: Database) -> None:
    content = REPORT | {"member": (await town.member(FRIENDS[0])).id, "campaign": "spring"}
    first, again = await report(api, secrets.writes, content), await report(api, secrets.writes, content)
    assert (first[0], again[0]) == (201, 200)
    assert first[1] == again[1]
    assert (first[1]["campaign"], first[1]["id"], first[1]["counted"]) == ("spring", "order-1", True)
    kept = await kept_of(db, town)
    assert [(each.id, each.value, each.currency) for each in kept] == [("order-1", Decimal("49.9"), "EUR")]
    assert (await town.totals())["conversions"] == 1


async def test_reports_that_come_at_once_count_once(api: Web, secrets: Keys, town: Town, db: Database) -> None:
    content = REPORT | {"member": f"telegram:{FRIENDS[0].account.id}", "campaign": "spring"}
    answers = await asyncio.gather(*(report(api, secrets.writes, content) for _ in range(8)))
    assert sorted(status for status, _ in answers) == [200] * 7 + [201]
    assert all(told == answers[0][1] for _, told in answers)
    assert (await town.totals())["conversions"] == 1


async def test_the_same_id_with_another_content_is_refused(api: Web, secrets: Keys, town: Town) -> None:
    content = REPORT | {"code": await town.code_of(ANA)}
    assert (await report(api, secrets.writes, content))[0] == 201
    for other in ({"value": 50}, {"currency": "USD"}, {"name": "second-order"}, {"value": None}):
        status, problem = await report(api, secrets.writes, content | other)
        assert (status, problem["type"]) == (409, "/api/docs#conflict")
    assert (await report(api, secrets.writes, content))[0] == 200


async def test_however_a_value_is_spelt_it_is_the_same(api: Web, secrets: Keys, town: Town) -> None:
    content = REPORT | {"code": await town.code_of(ANA)}
    assert (await report(api, secrets.writes, content))[0] == 201
    for value in ("49.9", "49.900000000000006", '"49.9"', '"49.90"', "4.99e1", "0.499E+2"):
        sent = json.dumps(content | {"value": None}).replace("null", value)
        headers = bearer(secrets.writes, **{"Content-Type": "application/json"})
        assert (await api.post("/api/v1/conversions", data=sent, headers=headers)).status == 200, value


async def test_what_is_no_report_is_refused_and_nothing_is_kept(api: Web, secrets: Keys, town: Town) -> None:
    for wrong in WRONG:
        status, problem = await report(api, secrets.writes, REPORT | {"member": 2, "campaign": "spring"} | wrong)
        assert (status, problem["type"]) == (422, "/api/docs#invalid"), wrong
        assert "; " in problem["detail"]
    assert "conversions" not in await town.totals()


async def test_somebody_has_to_be_named(api: Web, secrets: Keys) -> None:
    for content in (REPORT, REPORT | {"member": None, "code": None}):
        status, problem = await report(api, secrets.writes, content)
        assert (status, problem["type"]) == (422, "/api/docs#invalid")


async def test_whoever_is_not_known_is_said(api: Web, secrets: Keys, town: Town) -> None:
    for who, kind in (
        ({"member": 4711}, "unknown-member"),
        ({"member": f"telegram:{FLO.account.id}"}, "unknown-member"),
        ({"code": "AbCdEfGhJkm"}, "unknown-code"),
        ({"code": "' OR 1=1 --\u0000"}, "unknown-code"),
    ):
        status, problem = await report(api, secrets.writes, REPORT | {"campaign": "spring"} | who)
        assert (status, problem["type"]) == (404, f"/api/docs#{kind}")


async def test_where_the_campaign_is_left_open_it_is_asked_for(api: Web, secrets: Keys, town: Town) -> None:
    member = (await town.member(ANA)).id
    status, problem = await report(api, secrets.writes, REPORT | {"member": member})
    assert (status, problem["type"]) == (409, "/api/docs#which-campaign")
    status, told = await report(api, secrets.autumn, REPORT | {"member": member})
    assert (status, told["campaign"]) == (201, "autumn")


async def test_an_advocates_own_order_is_kept_and_not_counted(api: Web, secrets: Keys, town: Town) -> None:
    content = REPORT | {"member": (await town.member(ANA)).id, "code": await town.code_of(ANA)}
    status, told = await report(api, secrets.writes, content)
    assert (status, told["counted"], told["uncounted"]) == (201, False, "own_link")
    assert await report(api, secrets.writes, content) == (200, told)

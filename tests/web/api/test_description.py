"""The description says what there is, and the page shows it without running anything."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import jsonschema_rs
import pytest
from aiohttp import web

from bots.web.api import Api
from bots.web.api.routes import OPERATIONS
from core.database import Database
from core.hooks import Type
from tests.clock import FakeClock
from tests.web.api.conftest import Web

METHODS = {"get", "post"}


@pytest.fixture
async def description(api: Web) -> Any:
    answer = await api.get("/api/v1/openapi.json")
    assert (answer.status, answer.content_type) == (200, "application/json")
    return await answer.json()


async def test_every_route_is_described_and_nothing_else_is(db: Database, clock: FakeClock, description: Any) -> None:
    app = web.Application()
    app.add_subapp("/api", Api(db, clock).application())
    served = {
        (route.method.lower(), route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    described = {(method, path) for path, methods in description["paths"].items() for method in methods}
    assert served - described == {("get", "/api/v1/openapi.json"), ("get", "/api/docs")}
    assert described <= served


def test_the_contracts_addresses_are_there() -> None:
    one = "/v1/campaigns/{campaign}"
    parts = ("leaderboard", "funnel", "cascade", "referrals", "draws")
    wanted = {"/v1/conversions", "/v1/campaigns", one, *(f"{one}/{part}" for part in parts)}
    assert {each.path for each in OPERATIONS} == wanted


async def test_what_a_shop_is_sent_is_described_and_the_examples_are_so(description: Any) -> None:
    assert set(description["webhooks"]) == {each.value for each in Type}
    for name, sent in description["webhooks"].items():
        content = sent["post"]["requestBody"]["content"]["application/json"]
        assert content["example"]["type"] == name
        schema = {**content["schema"], "components": description["components"]}
        assert jsonschema_rs.validator_for(schema).is_valid(content["example"])
        assert not jsonschema_rs.validator_for(schema).is_valid({**content["example"], "data": 1})


def references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set[str]()
        return own.union(*(references(each) for each in part.values()))
    return set[str]().union(*(references(each) for each in part)) if isinstance(part, list) else set()


async def test_whatever_it_refers_to_is_in_it(description: Any) -> None:
    for reference in references(description):
        found = description
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
    assert references(description)


async def test_its_schemas_are_schemas(description: Any) -> None:
    for schema in description["components"]["schemas"].values():
        assert jsonschema_rs.Draft202012Validator(schema | {"components": description["components"]})


async def test_every_operation_says_what_it_is_and_how_it_may_end(description: Any) -> None:
    for methods in description["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert {"401", "405", "422", "429", "500", "503"} <= set(operation["responses"])


async def test_the_description_is_not_sent_twice(api: Web) -> None:
    for path in ("/api/v1/openapi.json", "/api/docs"):
        first = await api.get(path)
        again = await api.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        assert not [name for name in found if name.startswith("on") or name == "style"]
        self.tags.append(tag)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []


async def test_the_page_runs_nothing_and_loads_nothing(api: Web) -> None:
    answer = await api.get("/api/docs")
    text = await answer.text()
    page, policy = Page(text), answer.headers["Content-Security-Policy"]
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert not {"script", "img", "iframe", "form", "link"} & set(page.tags) - {"link"}
    assert all(link.startswith(("#", "/api/", "data:,")) for link in page.links)


async def test_every_link_in_the_page_leads_somewhere(api: Web) -> None:
    page = Page(await (await api.get("/api/docs")).text())
    assert len(set(page.ids)) == len(page.ids)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert {each.name for each in OPERATIONS} <= set(page.ids)


async def test_a_problems_type_leads_to_its_explanation(api: Web) -> None:
    problem = await (await api.get("/api/v1/campaigns")).json()
    path, _, name = problem["type"].partition("#")
    assert name in Page(await (await api.get(path)).text()).ids


async def test_the_page_allows_exactly_its_own_style(api: Web) -> None:
    answer = await api.get("/api/docs")
    style = re.search("<style>(.*?)</style>", await answer.text(), re.DOTALL)
    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]

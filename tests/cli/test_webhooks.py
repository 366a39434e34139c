"""`sayso webhooks`: what a shop verifies with is shown when it is asked for, and nowhere else."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks.webhooks import Webhook

from bots.cli.hiding import HIDDEN, Hider
from core import hooks, outbox
from core.database import Database, Tx
from core.hooks.rules import new_secret
from tests.cli.conftest import LUNE, Sayso
from tests.web.hooks.conftest import an_event

pytestmark = pytest.mark.usefixtures("quiet_log")

SHOP = "https://shop.example/hooks/sayso?key=canary"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def quiet_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is process-wide: tests of commands leave it alone."""
    monkeypatch.setattr("bots.cli.logs.set_up", lambda *_, **__: None)


def in_database(url: str, work: Callable[[Tx], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        db = Database(url)
        try:
            async with db.begin() as tx:
                return await work(tx)
        finally:
            await db.close()

    return asyncio.run(run())


def an_undelivered(url: str, count: int = 1) -> Callable[[Tx], Awaitable[list[str]]]:
    """Events for this address that were given up; their ids."""

    async def work(tx: Tx) -> list[str]:
        told = [await hooks.event(tx, an_event(url, number + 1), now=NOW) for number in range(count)]
        await outbox.put(tx, told)
        for row in await outbox.claim(tx, hooks.DOOR, now=NOW, limit=count, lease=timedelta(minutes=1)):
            await outbox.failed(tx, row, "shop.example answered 500; look at the shop's log")
        await hooks.failed(tx, told[0].address, "shop.example answered 410; ask the shop", now=NOW, gone=True)
        return [each.content["id"] for each in told]

    return work


def _states(call: Sayso) -> list[tuple[str, int, int]]:
    return [
        (each["state"], each["waiting"], each["undelivered"])
        for each in json.loads(call("webhooks", "list", "--json").stdout)
    ]


def test_a_secret_is_shown_on_purpose_and_only_then(call_on: Sayso, db_url: str) -> None:
    in_database(db_url, lambda tx: hooks.endpoint(tx, SHOP, now=NOW))
    shown = call_on("webhooks", "secret", SHOP)
    assert shown.exit_code == 0
    secret = shown.stdout.strip()
    assert shown.stdout == f"{secret}\n"
    assert secret.startswith("whsec_")
    assert call_on("webhooks", "secret", SHOP).stdout == shown.stdout
    others = [("list",), ("list", "--json"), ("undelivered",), ("undelivered", "--json"), ("enable", SHOP)]
    for command in others:
        result = call_on("webhooks", *command)
        assert result.exit_code == 0
        assert secret not in result.output
    assert secret not in call_on("doctor").output
    assert "canary" not in call_on("doctor").output


def test_what_looks_like_a_secret_is_taken_out_of_whatever_is_logged() -> None:
    secret = new_secret(lambda n: b"\xff" * n)
    assert Hider()(f"it was {secret}, or so") == f"it was {HIDDEN}, or so"


def test_a_rotated_secret_is_another_one_and_both_are_used_for_a_day(call_on: Sayso, db_url: str) -> None:
    endpoint = in_database(db_url, lambda tx: hooks.endpoint(tx, SHOP, now=NOW))
    old = call_on("webhooks", "secret", SHOP).stdout.strip()
    new = call_on("webhooks", "rotate", SHOP).stdout.strip()
    assert old != new == call_on("webhooks", "secret", SHOP).stdout.strip()
    now = datetime.now(UTC)
    for later, used in ((timedelta(hours=23), [new, old]), (timedelta(hours=25), [new])):
        at = now + later
        assert in_database(db_url, lambda tx, at=at: hooks.secrets_of(tx, endpoint.id, now=at)) == used


def test_an_address_is_known_once_a_campaign_names_it(call: Sayso, sqlite_url: str, folder: Path) -> None:
    refused = call("webhooks", "secret", SHOP)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("sayso: no campaign sends anything to this address; ")
    assert "canary" not in refused.stderr
    file = folder / "lune.yaml"
    told = LUNE.read_text().replace(
        "rewards:\n", f"rewards:\n  - {{id: gift, to: advocate, every: 1, give: {{webhook: '{SHOP}'}}}}\n"
    )
    file.write_text(told)
    assert call("apply", str(file)).exit_code == 0
    assert call("webhooks", "secret", SHOP).stdout.startswith("whsec_")


def test_what_was_given_up_is_listed_and_replayed(call_on: Sayso, db_url: str) -> None:
    first, second, third = in_database(db_url, an_undelivered(SHOP, 3))
    assert _states(call_on) == [("disabled", 0, 3)]
    listed = call_on("webhooks", "undelivered")
    assert f"{first} reward.granted to {SHOP}, 1 tries: shop.example answered 500; " in listed.stdout
    told = json.loads(call_on("webhooks", "undelivered", "--json").stdout)
    assert {each["id"] for each in told} == {first, second, third}
    assert {each["campaign"] for each in told} == {"spring"}

    shut = call_on("webhooks", "replay", first)
    assert (shut.exit_code, shut.stdout) == (1, "")
    enabled = call_on("webhooks", "enable", SHOP)
    assert "3 events did not arrive" in enabled.stderr
    assert _states(call_on) == [("ok", 0, 3)]
    assert call_on("webhooks", "replay", first).stdout == "1 event will be sent again\n"
    assert _states(call_on) == [("ok", 1, 2)]
    assert call_on("webhooks", "replay", first).exit_code == 1
    assert call_on("webhooks", "replay", "--all").stdout == "2 events will be sent again\n"
    assert _states(call_on) == [("ok", 3, 0)]
    assert call_on("webhooks", "replay").exit_code == call_on("webhooks", "replay", first, "--all").exit_code == 2


def test_the_doctor_says_what_to_do_about_a_shop_that_takes_nothing(call_on: Sayso, db_url: str) -> None:
    in_database(db_url, an_undelivered(SHOP))
    said = call_on("doctor").stdout
    assert (
        "webhooks to shop.example: are off, after failing since 2026-12-01 00:00 UTC: shop.example answered 410" in said
    )
    assert "sayso webhooks enable URL" in said


def test_nothing_is_there_before_anything_was_applied(call_on: Sayso) -> None:
    for command in ("list", "undelivered"):
        result = call_on("webhooks", command)
        assert (result.exit_code, result.stdout) == (0, "")
        assert json.loads(call_on("webhooks", command, "--json").stdout) == []


@pytest.mark.parametrize("status", [204, 500])
def test_a_shop_can_be_tried(status: int, call: Sayso, sqlite_url: str) -> None:
    asked: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        asked.append((await request.read(), dict(request.headers)))
        return web.Response(status=status)

    def tried(url: str) -> Any:
        in_database(sqlite_url, lambda tx: hooks.endpoint(tx, url, now=NOW))
        return call("webhooks", "test", url, SAYSO_WEBHOOK_NETWORKS="127.0.0.1")

    result, url = asyncio.run(_beside(take, tried))
    if status == 500:
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == "sayso: 127.0.0.1 answered 500; look at the shop's log\n"
        return
    assert (result.exit_code, result.stdout) == (0, f"{url}: answered 204, so it takes webhooks\n")
    ((body, headers),) = asked
    assert Webhook(call("webhooks", "secret", url).stdout.strip()).verify(body, headers)["type"] == "webhook.test"
    shut = call("webhooks", "test", url)
    assert shut.exit_code == 1
    assert "127.0.0.1 is no public address" in shut.stderr
    assert "SAYSO_WEBHOOK_NETWORKS" in shut.stderr


async def _beside(
    take: Callable[[web.Request], Awaitable[web.Response]], work: Callable[[str], Any]
) -> tuple[Any, str]:
    """Do the work in a thread while a server answers."""
    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as server:
        url = str(server.make_url("/hook"))
        return await asyncio.to_thread(work, url), url

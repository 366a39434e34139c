"""Advocates' links on the web: people are sent on, machines are not counted, and nobody is sent anywhere else."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from bots.web.app import build
from bots.web.links import Links
from core import campaign as campaigns
from core import doors, links, members, totals
from core.audit import audit
from core.campaign.values import Account, Campaign, Card, Community, Platform, Window
from core.database import Database
from core.links import Link
from core.members import Person
from core.visits import Recorder
from tests.clock import FakeClock

CODE = "AAAAAAAAAAA"
PERSON = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept-Language": "fr-FR,fr;q=0.9",
}
PREVIEW = {"User-Agent": "TelegramBot (like TwitterBot)"}

Web = TestClient[web.Request, web.Application]


def lune(clock: FakeClock, **changes: object) -> Campaign:
    usual = Campaign(
        slug="lune",
        title={"en": "Bring a friend", "fr": "Invitez un proche"},
        window=Window(timezone="Europe/Paris", starts=clock.now() - timedelta(days=1)),
        communities=(Community(name="salon", platform=Platform.TELEGRAM, chat=-1001),),
        destination="salon",
        card=Card(title={"en": "A friend invites you"}, text={"en": "A private welcome awaits."}),
    )
    return replace(usual, **changes)


async def apply(db: Database, clock: FakeClock, campaign: Campaign) -> None:
    async with db.begin() as tx:
        await campaigns.keep(tx, campaign, now=clock.now())


@pytest.fixture
async def site(db: Database, clock: FakeClock) -> AsyncIterator[Web]:
    ana = Person(account=Account(platform=Platform.TELEGRAM, id=11), name="Ana <b>Costa</b>")
    async with db.begin() as tx:
        applied = await campaigns.keep(tx, lune(clock), now=clock.now())
        known = await members.meet(tx, [ana], now=clock.now())
        await links.add(tx, [Link(CODE, applied.id, known[ana.account].id)], now=clock.now())
        await doors.opened(tx, Platform.TELEGRAM, "https://t.me/sayso_bot?start={code}", now=clock.now())
    recorder = Recorder(db, clock, lambda: 1, within=20.0)
    app = build(db, clock, routes=Links(db, clock, recorder, public_url=None).routes())
    stop = asyncio.Event()
    writing = asyncio.create_task(recorder.run(stop))
    async with TestClient(TestServer(app)) as client:
        yield client
    stop.set()
    await writing


async def counted(db: Database) -> dict[str, int]:
    async with db.read() as tx:
        assert await audit(tx) == []
        return await totals.of_campaign(tx, 1)


async def test_a_person_is_sent_on_with_the_code_and_the_channel(site: Web, db: Database) -> None:
    answer = await site.get(f"/r/{CODE}/whatsapp", headers=PERSON, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, f"https://t.me/sayso_bot?start={CODE}_whatsapp")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert await counted(db) == {"clicks": 1}


async def test_the_same_visitor_within_the_hour_is_one_click(site: Web, db: Database) -> None:
    for _ in range(3):
        await site.get(f"/r/{CODE}", headers=PERSON, allow_redirects=False)
    assert await counted(db) == {"clicks": 1}


async def test_who_must_not_be_recognised_is_counted_without_a_name(site: Web, db: Database) -> None:
    await site.get(f"/r/{CODE}", headers={**PERSON, "DNT": "1"}, allow_redirects=False)
    assert await counted(db) == {"clicks": 1}


async def test_a_preview_gets_the_card_and_is_a_share_seen(site: Web, db: Database) -> None:
    answer = await site.get(f"/r/{CODE}/telegram", headers=PREVIEW)
    page = await answer.text()
    assert answer.status == 200
    assert 'property="og:title" content="A friend invites you"' in page
    assert "Ana" not in page
    assert await counted(db) == {"unfurls": 1}


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", PERSON),
        ("GET", {"User-Agent": ""}),
        ("GET", {**PERSON, "Sec-Purpose": "prefetch"}),
        ("GET", {"User-Agent": "curl/8.0"}),
        ("HEAD", PREVIEW),
    ],
)
async def test_what_is_no_visit_counts_nothing(site: Web, db: Database, method: str, headers: dict[str, str]) -> None:
    answer = await site.request(method, f"/r/{CODE}", headers=headers, allow_redirects=False)
    assert answer.status in (200, 302)
    assert await counted(db) == {}


async def test_where_there_is_a_choice_the_way_in_is_shown(site: Web, db: Database, clock: FakeClock) -> None:
    await apply(db, clock, lune(clock, destination="choose"))
    clock.advance(seconds=2)
    answer = await site.get(f"/r/{CODE}/qr", headers=PERSON)
    page = await answer.text()
    assert answer.status == 200
    assert '<html lang="fr"' in page
    assert f"https://t.me/sayso_bot?start={CODE}_qr" in page
    assert "<b>Costa" not in page
    assert len(page.encode()) < 30_000
    assert await counted(db) == {"clicks": 1}


@pytest.mark.parametrize("path", ["/r/BBBBBBBBBBB", "/r/short", "/r/%00%ff", f"/r/{CODE}x", "/r/" + "A" * 3000])
async def test_an_unknown_code_is_said_kindly(site: Web, db: Database, path: str) -> None:
    answer = await site.get(path, headers=PERSON)
    assert answer.status == 404
    assert '<html lang="fr"' in await answer.text()
    assert await counted(db) == {}


async def test_an_ended_campaign_is_said_kindly(site: Web, db: Database, clock: FakeClock) -> None:
    window = replace(lune(clock).window, ends=clock.now() + timedelta(seconds=1))
    await apply(db, clock, lune(clock, window=window))
    clock.advance(seconds=2)
    answer = await site.get(f"/r/{CODE}", headers=PERSON, allow_redirects=False)
    assert answer.status == 410
    assert await counted(db) == {}


@pytest.mark.parametrize("extra", ["?to=https://evil.example", "?url=//evil.example", "/https:%2f%2fevil.example"])
async def test_nobody_is_sent_anywhere_else(site: Web, extra: str) -> None:
    answer = await site.get(f"/r/{CODE}{extra}", headers=PERSON, allow_redirects=False)
    assert answer.headers["Location"].startswith(f"https://t.me/sayso_bot?start={CODE}")
    assert "evil" not in answer.headers["Location"]


async def test_many_at_once_are_all_kept(site: Web, db: Database) -> None:
    session: ClientSession = site.session
    address = site.make_url(f"/r/{CODE}")

    async def visit(n: int) -> int:
        headers = {**PERSON, "Accept-Language": f"en, x-{n}"}
        async with session.get(address, headers=headers, allow_redirects=False) as answer:
            return answer.status

    assert await asyncio.gather(*(visit(n) for n in range(60))) == [302] * 60
    assert await counted(db) == {"clicks": 60}

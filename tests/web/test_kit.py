"""The share kit: every channel with its own link, in the reader's language; only a press of its buttons counts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import get_args
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import pytest

from bots.web.pages import CHANNELS, qr_png
from campaigns.schema import Channel
from core import journal
from core.campaign.values import Card, Privacy, Share
from core.database import Database
from core.journal import Kind
from tests.clock import FakeClock
from tests.web.sharing import CODE, DESK, HOME, PHONE, PREVIEWS, Web, apply, counted, lune, sharing
from tests.web.test_pages import Page

KIT = f"/r/{CODE}/kit"
LINK = f"{HOME}/r/{CODE}"
OURS = {**PHONE, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def site(db: Database, clock: FakeClock) -> AsyncIterator[Web]:
    async with sharing(db, clock) as client:
        yield client


async def kit(site: Web, path: str = KIT, **headers: str) -> Page:
    answer = await site.get(path, headers={**PHONE, **headers})
    assert answer.status == 200
    return Page(await answer.text())


def ways(page: Page) -> dict[str, str]:
    """Each channel with the address it is shared through, or the text that is copied; in the order of the page."""
    shared = {
        each.attributes["data-channel"]: each.attributes["href"]
        for each in page.all("a")
        if "data-channel" in each.attributes and "download" not in each.attributes
    }
    return shared | {each.attributes["id"].removeprefix("text-"): each.inside for each in page.all("textarea")}


def test_a_campaign_file_may_name_exactly_the_channels_that_there_are() -> None:
    assert set(get_args(Channel)) == set(CHANNELS)


async def test_every_channel_is_on_the_kit_with_its_own_link(site: Web, db: Database) -> None:
    page = await kit(site)
    found = ways(page)
    assert {*found, "qr"} == set(CHANNELS)
    for channel, way in found.items():
        assert unquote(way).count(f"{LINK}/{channel}") == 1
    assert parse_qs(urlsplit(found["whatsapp"]).query)["text"] == [f"Come & join me 🍞: {LINK}/whatsapp"]
    assert found["discord"] == f"Come & join me 🍞: {LINK}/discord"
    assert found["copy"] == f"{LINK}/copy"
    assert page.one("main").attributes["data-told"] == "kit/"
    assert await counted(db) == {}


@pytest.mark.parametrize("channel", CHANNELS)
async def test_every_channels_link_leads_in_with_the_channel(site: Web, db: Database, channel: str) -> None:
    page = await (await site.get(f"/r/{CODE}/{channel}", headers=PHONE)).text()
    assert f"https://t.me/sayso_bot?start={CODE}_{channel}" in page
    assert await counted(db) == {"clicks": 1}


async def test_the_campaign_chooses_the_channels_and_their_order(site: Web, db: Database, clock: FakeClock) -> None:
    share = Share(text={"en": "Join: {link}"}, channels=("whatsapp", "telegram", "copy"))
    await apply(db, clock, lune(clock, share=share))
    page = await kit(site)
    assert list(ways(page)) == ["whatsapp", "telegram", "copy"]
    assert not page.all("img")


async def test_messengers_app_is_offered_on_phones_alone(site: Web) -> None:
    assert "messenger" in ways(await kit(site))
    assert "messenger" not in ways(await kit(site, **DESK))


async def test_without_a_text_to_share_the_campaign_is_named(site: Web, db: Database, clock: FakeClock) -> None:
    await apply(db, clock, lune(clock, share=None))
    found = ways(await kit(site))
    assert parse_qs(urlsplit(found["sms"]).query)["body"] == [f"Bring a friend\n{LINK}/sms"]


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [
        (KIT, "fr-CA,fr;q=0.9", "fr"),
        (KIT, "en-GB", "en"),
        (KIT, "de-DE,de;q=0.9", "en"),
        (KIT, "", "en"),
        (f"{KIT}?lang=fr", "en", "fr"),
        (f"{KIT}?lang=fr-CA", "en", "fr"),
        (f"{KIT}?lang=tlh", "fr", "fr"),
        (f"{KIT}?language=fr", "en", "fr"),
    ],
)
async def test_it_speaks_the_readers_language(site: Web, path: str, accepted: str, language: str) -> None:
    page = await kit(site, path, **{"Accept-Language": accepted})
    assert page.one("html").attributes["lang"] == language
    said = {"en": "Come & join me 🍞", "fr": "Rejoins-moi"}[language]
    assert parse_qs(urlsplit(ways(page)["telegram"]).query)["text"] == [said]
    others = [each.attributes["href"] for each in page.all("a") if "hreflang" in each.attributes]
    assert others == ["?lang=en", "?lang=fr"]


async def test_it_is_not_kept_tells_nobody_and_may_be_framed_by_telegram_alone(site: Web) -> None:
    answer = await site.get(KIT, headers=PHONE)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors https://web.telegram.org;" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    landing = await site.get(f"/r/{CODE}", headers=PHONE)
    assert "frame-ancestors 'none'" in landing.headers["Content-Security-Policy"]
    assert landing.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("app", PREVIEWS)
async def test_a_preview_of_the_kit_is_the_card_of_the_link(site: Web, db: Database, app: str) -> None:
    page = await (await site.get(KIT, headers={"User-Agent": PREVIEWS[app]})).text()
    assert f'property="og:url" content="{LINK}"' in page
    assert 'property="og:title" content="A friend invites you"' in page
    assert "kit" not in page
    assert "Ana" not in page
    assert await counted(db) == {}


@pytest.mark.parametrize("path", [KIT, f"{KIT}/qr.png", f"{KIT}/qr.svg"])
async def test_a_look_ahead_answers_as_a_look_would(site: Web, db: Database, path: str) -> None:
    look, ahead = await site.get(path, headers=PHONE), await site.head(path, headers=PHONE)
    assert (ahead.status, await ahead.read()) == (200, b"")
    assert ahead.headers["Content-Length"] == look.headers["Content-Length"]
    assert ahead.content_type == look.content_type
    assert await counted(db) == {}


async def test_the_code_can_be_kept_as_a_picture_and_as_a_drawing(site: Web) -> None:
    png, svg = await site.get(f"{KIT}/qr.png", headers=DESK), await site.get(f"{KIT}/qr.svg", headers=DESK)
    assert (png.content_type, svg.content_type) == ("image/png", "image/svg+xml")
    assert png.headers["Content-Disposition"] == 'attachment; filename="lune-qr.png"'
    assert svg.headers["Content-Disposition"] == 'attachment; filename="lune-qr.svg"'
    assert await png.read() == qr_png(f"{LINK}/qr")
    drawing = ElementTree.fromstring(await svg.read())
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert drawing.attrib["width"] == drawing.attrib["height"]


@pytest.mark.parametrize("rest", ["", "/qr.png", "/qr.svg"])
async def test_where_there_is_nothing_to_share_it_is_said_as_of_the_link(
    site: Web, db: Database, clock: FakeClock, rest: str
) -> None:
    assert (await site.get(f"/r/BBBBBBBBBBB/kit{rest}", headers=PHONE)).status == 404
    await apply(db, clock, lune(clock, window=replace(lune(clock).window, ends=clock.now() + timedelta(seconds=1))))
    answer = await site.get(f"{KIT}{rest}", headers=PHONE)
    assert (answer.status, answer.content_type) == (410, "text/html")
    assert (await site.post(f"{KIT}/copy", headers=OURS)).status == 410
    assert await counted(db) == {}


async def test_the_kit_is_no_channel(site: Web, db: Database) -> None:
    assert "kit" not in CHANNELS
    await site.get(KIT, headers=DESK)
    await site.get(f"/r/{CODE}/kitten", headers=DESK)
    assert await counted(db) == {"clicks": 1}


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_press_is_told_once_a_minute(site: Web, db: Database, channel: str) -> None:
    for _ in range(3):
        answer = await site.post(f"{KIT}/{channel}", headers=OURS)
        assert (answer.status, await answer.read()) == (204, b"")
    assert await counted(db) == {"intents": 1}
    async with db.read() as tx:
        lines = await journal.between(tx, 0, await journal.last(tx), limit=10)
    assert [(fact.kind, fact.code, (fact.data or {}).get("channel")) for _, fact in lines] == [
        (Kind.INTENT, CODE, channel)
    ]


async def test_the_phones_own_sheet_is_a_press_of_no_channel(site: Web, db: Database) -> None:
    assert (await site.post(f"{KIT}/sheet", headers=OURS)).status == 204
    async with db.read() as tx:
        ((_, fact),) = await journal.between(tx, 0, await journal.last(tx), limit=10)
    assert (fact.kind, (fact.data or {}).get("channel")) == (Kind.INTENT, None)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 204),
        ({"Origin": HOME}, 204),
        ({"Sec-Fetch-Site": "same-site", "Origin": HOME}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": HOME}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": f"{HOME}.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_only_a_page_of_ours_may_tell(site: Web, db: Database, headers: dict[str, str], status: int) -> None:
    answer = await site.post(f"{KIT}/copy", headers={**PHONE, **headers})
    assert answer.status == status
    assert await counted(db) == ({"intents": 1} if status == 204 else {})


@pytest.mark.parametrize("channel", ["pigeon", "kit", "Telegram", "qr.png", "%00"])
async def test_there_is_nothing_to_tell_of_other_channels(site: Web, db: Database, channel: str) -> None:
    answer = await site.post(f"{KIT}/{channel}", headers=OURS)
    assert answer.status in (404, 405)
    assert await counted(db) == {}


@pytest.mark.parametrize("agent", ["", "curl/8.0", *PREVIEWS.values()])
async def test_machines_press_nothing(site: Web, db: Database, agent: str) -> None:
    assert (await site.post(f"{KIT}/copy", headers={**OURS, "User-Agent": agent})).status == 204
    assert await counted(db) == {}


async def test_who_must_not_be_recognised_is_counted_without_a_name(site: Web, db: Database, clock: FakeClock) -> None:
    async def names() -> set[str]:
        async with db.read() as tx:
            lines = await journal.between(tx, 0, await journal.last(tx), limit=10)
        return {fact.key for _, fact in lines}

    async def press(**headers: str) -> None:
        assert (await site.post(f"{KIT}/copy", headers={**OURS, **headers})).status == 204

    await press()
    named = await names()
    for asked in ({"DNT": "1"}, {"Sec-GPC": "1"}):
        await press(**asked)
    assert (await counted(db))["intents"] == 3
    await apply(db, clock, lune(clock, privacy=Privacy(do_not_track=False)))
    known = len(await names())
    await press(DNT="1")
    assert len(await names()) - known == 0  # the same visitor in the same minute
    await apply(db, clock, lune(clock, privacy=Privacy(visitors=False)))
    await press()
    assert len(await names()) - known == 1
    assert named <= await names()


async def test_a_landing_page_leads_on_to_a_link_of_ones_own(site: Web) -> None:
    page = Page(await (await site.get(f"/r/{CODE}/whatsapp", headers=PHONE)).text())
    own = [each for each in page.all("a") if "aside" in each.ancestors]
    assert [each.attributes["href"] for each in own] == [f"https://t.me/sayso_bot?start={CODE}_whatsapp"]


async def test_a_landing_page_is_light_and_needs_no_script(site: Web, db: Database, clock: FakeClock) -> None:
    for picture in (lune(clock).card, None):
        await apply(db, clock, lune(clock, card=picture))
        for headers in (PHONE, DESK):
            for language in ("en", "fr", "de"):
                answer = await site.get(f"/r/{CODE}", headers={**headers, "Accept-Language": language})
                page = await answer.text()
                assert len(page.encode()) < 30_000
                assert "<script" not in page
                assert ("<figure" in page) == (headers is DESK)
                assert f'lang="{language if language != "de" else "en"}"' in page


async def test_the_kit_is_light_too(site: Web) -> None:
    assert len(await (await site.get(KIT, headers=PHONE)).read()) < 30_000


async def test_where_no_door_is_open_it_is_said_kindly(db: Database, clock: FakeClock, site: Web) -> None:
    async with db.begin() as tx:
        await tx.exec_driver_sql("DELETE FROM door")
    clock.advance(seconds=2)
    page = Page(await (await site.get(f"/r/{CODE}", headers=DESK)).text())
    assert "cannot be opened just now" in page.one("p", **{"class": "note"}).inside
    assert not page.all("figure")
    for shown in (page, await kit(site)):
        assert not shown.all("aside")


async def test_the_card_and_the_page_show_the_campaigns_picture(site: Web, db: Database, clock: FakeClock) -> None:
    picture = f"{HOME}/media/{(lune(clock).card or Card(title={}, text={})).picture}"
    for agent in PREVIEWS.values():
        tags = await (await site.get(f"/r/{CODE}/x", headers={"User-Agent": agent})).text()
        for name, value in (
            ("og:image", picture),
            ("og:image:secure_url", picture),
            ("og:image:type", "image/jpeg"),
            ("og:image:width", "1200"),
            ("og:image:height", "630"),
            ("og:image:alt", "A friend invites you"),
        ):
            assert f'<meta property="{name}" content="{value}">' in tags
        assert f'<meta name="twitter:image" content="{picture}">' in tags
        assert '<meta name="twitter:card" content="summary_large_image">' in tags
    page = Page(await (await site.get(f"/r/{CODE}", headers=DESK)).text())
    assert page.one("img").attributes["src"] == picture.removeprefix(HOME)

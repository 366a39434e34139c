"""The pages behind an advocate's link, as people meet them: on a phone and at a desk, by eye, by ear and by touch."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, Page, expect

from bots.web.app import build
from bots.web.links import Links
from core import campaign as campaigns
from core import doors, links, members, totals
from core.campaign.values import Account, Campaign, Card, Community, Platform, Share, Window
from core.database import Database
from core.links import Link
from core.members import Person
from core.visits import Recorder
from tests.browser.conftest import PHONE, violations
from tests.clock import FakeClock
from tests.waiting import until

CODE = "AAAAAAAAAAA"
LIGHT = 30_000


def lune(clock: FakeClock) -> Campaign:
    return Campaign(
        slug="lune",
        title={"en": "Bring a friend to Maison Lune", "fr": "Invitez un proche chez Maison Lune"},
        terms={"en": "One referral per friend.", "fr": "Un parrainage par proche."},
        window=Window(timezone="Europe/Paris", starts=clock.now() - timedelta(days=1)),
        communities=(Community(name="salon", platform=Platform.TELEGRAM, chat=-1001),),
        destination="choose",
        card=Card(
            title={"en": "A friend invites you", "fr": "Un proche vous invite"},
            text={"en": "A private welcome awaits.", "fr": "Un accueil privé vous attend."},
        ),
        share=Share(text={"en": "Come and join me: {link}", "fr": "Rejoins-moi : {link}"}),
    )


@pytest.fixture
async def site(sqlite_db: Database, clock: FakeClock) -> AsyncIterator[str]:
    """Where Ana's link is served."""
    ana = Person(account=Account(platform=Platform.TELEGRAM, id=11), name="Ana Costa")
    async with sqlite_db.begin() as tx:
        applied = await campaigns.keep(tx, lune(clock), now=clock.now())
        known = await members.meet(tx, [ana], now=clock.now())
        await links.add(tx, [Link(CODE, applied.id, known[ana.account].id)], now=clock.now())
        await doors.opened(tx, Platform.TELEGRAM, "https://t.me/sayso_bot?start={code}", now=clock.now())
    recorder = Recorder(sqlite_db, clock, lambda: 1, within=20.0)
    app: web.Application = build(sqlite_db, clock, routes=Links(sqlite_db, clock, recorder, public_url=None).routes())
    stop = asyncio.Event()
    writing = asyncio.create_task(recorder.run(stop))
    async with TestServer(app) as server:
        yield str(server.make_url("/r/")).rstrip("/")
    stop.set()
    await writing


async def counted(db: Database) -> dict[str, int]:
    async with db.read() as tx:
        return await totals.of_campaign(tx, 1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [CODE, f"{CODE}/kit", "BBBBBBBBBBB"])
async def test_everybody_can_use_the_page(page: Page, site: str, path: str, scheme: str) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.goto(f"{site}/{path}")
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


async def test_a_friend_sees_who_invites_and_the_way_in(page: Page, site: str) -> None:
    await page.goto(f"{site}/{CODE}/whatsapp")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Bring a friend to Maison Lune")
    await expect(page.get_by_text("Ana")).to_be_visible()
    way_in = page.get_by_role("link", name="Telegram").first
    await expect(way_in).to_have_attribute("href", f"https://t.me/sayso_bot?start={CODE}_whatsapp")
    await expect(way_in).to_be_in_viewport()
    on_phone = bool(await page.evaluate("navigator.maxTouchPoints"))
    await expect(page.locator(".scan")).to_have_count(0 if on_phone else 1)


async def test_the_page_is_in_the_reader_s_language(browser: Browser, site: str) -> None:
    reader = await browser.new_context(**PHONE, locale="fr-FR")
    page = await reader.new_page()
    await page.goto(f"{site}/{CODE}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Invitez un proche chez Maison Lune")
    assert await page.evaluate("document.documentElement.lang") == "fr"
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Bring a friend to Maison Lune")
    assert await reader.cookies() == []
    await reader.close()


async def test_the_page_needs_no_script_and_weighs_little(browser: Browser, site: str) -> None:
    plain = await browser.new_context(**PHONE, java_script_enabled=False)
    page = await plain.new_page()
    async with page.expect_event("requestfinished") as finished:
        await page.goto(f"{site}/{CODE}")
    await expect(page.get_by_role("link", name="Telegram").first).to_be_visible()
    sizes = await (await finished.value).sizes()
    assert sizes["responseBodySize"] < LIGHT
    assert await page.locator("img, script, link[rel=stylesheet]").count() == 0  # so that was all of it
    await page.goto(f"{site}/{CODE}/kit")
    await expect(page.get_by_role("link", name="WhatsApp")).to_be_visible()
    await plain.close()


async def test_the_kit_has_a_way_for_each_channel(page: Page, site: str) -> None:
    await page.goto(f"{site}/{CODE}/kit")
    whatsapp = page.get_by_role("link", name="WhatsApp")
    address = await whatsapp.get_attribute("href")
    assert address is not None
    assert address.startswith("https://wa.me/?text=Come%20and%20join%20me")
    assert f"%2Fr%2F{CODE}%2Fwhatsapp" in address
    for name in ("Telegram", "Facebook", "LinkedIn", "Reddit"):
        await expect(page.get_by_role("link", name=name)).to_be_visible()
    await expect(page.locator(".qr img")).to_be_visible()


async def test_a_link_is_copied_and_the_press_is_told(
    page: Page, context: BrowserContext, site: str, sqlite_db: Database
) -> None:
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto(f"{site}/{CODE}/kit")
    await page.locator("[data-channel=copy]").click()
    await expect(page.get_by_role("status")).not_to_be_empty()
    assert (await page.evaluate("navigator.clipboard.readText()")).endswith(f"/r/{CODE}/copy")

    async def told() -> bool:
        return await counted(sqlite_db) == {"intents": 1}

    await until(told)


async def test_the_phone_s_own_share_sheet_is_offered_where_there_is_one(page: Page, site: str) -> None:
    await page.add_init_script("window.shared = []; navigator.share = async (what) => { window.shared.push(what); };")
    await page.goto(f"{site}/{CODE}/kit")
    await page.locator("[data-sheet]").click()
    (shared,) = await page.evaluate("window.shared")
    assert shared["url"] == f"{site}/{CODE}"
    assert shared["text"] == "Come and join me"


async def test_a_dead_link_says_so(page: Page, site: str) -> None:
    answer = await page.goto(f"{site}/BBBBBBBBBBB")
    assert answer is not None
    assert answer.status == 404
    await expect(page.get_by_role("heading", level=1)).to_be_visible()

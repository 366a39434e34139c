"""The ways into Discord, as people meet them: on a phone and at a desk, by eye, by ear and by touch."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from core import members, persons
from core.campaign.values import Account, Platform
from core.database import Database
from core.members import Person as Somebody
from tests.browser.conftest import violations
from tests.clock import FakeClock
from tests.web.entering import CODE, HOME, Place, entering, friend


@pytest.fixture
async def place(sqlite_db: Database, clock: FakeClock, page: Page) -> AsyncIterator[Place]:
    """The web under the name that the world knows it by, which the browser is led to here."""
    async with entering(sqlite_db, clock) as made:
        here = str(made.client.make_url("/")).rstrip("/")

        async def lead(route, request) -> None:  # type: ignore[no-untyped-def]
            headers = {**await request.all_headers(), "host": "sayso.example"}
            answer = await route.fetch(url=request.url.replace(HOME, here), headers=headers, max_redirects=0)
            await route.fulfill(response=answer)

        await page.route(re.compile(f"^{re.escape(HOME)}/"), lead)
        yield made


async def is_fit(page: Page) -> None:
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


async def code_of_ana(place: Place) -> str:
    account = Account(platform=Platform.TELEGRAM, id=11)
    async with place.db.begin() as tx:
        known = await members.meet(tx, [Somebody(account=account, name="Ana Costa")], now=place.clock.now())
        return persons.plain(await persons.new_offer(tx, known[account].id, now=place.clock.now()))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [f"/r/{CODE}", "/join/discord/callback?state=x", "/link/code", "/link/AAAAAAAAAA"])
async def test_everybody_can_use_the_page(page: Page, place: Place, path: str, scheme: str) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.goto(HOME + path.replace("code", await code_of_ana(place)) if path == "/link/code" else HOME + path)
    await is_fit(page)


async def test_the_landing_page_leads_to_discord_by_its_button(page: Page, place: Place) -> None:
    await page.goto(f"{HOME}/r/{CODE}/whatsapp")
    button = page.get_by_role("link", name="Discord")
    await expect(button).to_be_in_viewport()
    await expect(button).to_have_attribute("href", f"{HOME}/in/{CODE}/atelier/whatsapp")


async def test_somebody_comes_in_by_their_consent(page: Page, place: Place) -> None:
    ben = friend(place)
    inside = f"https://discord.com/channels/{place.guild.id}"
    await page.goto(f"{HOME}/join/discord/{CODE}")
    await page.get_by_label("You are").select_option(str(ben.id))
    async with page.expect_request(inside):
        await page.get_by_role("button", name="Authorize").click()
    assert place.guild.has(ben)


async def test_who_cancels_is_told_kindly_and_comes_in_after_all(page: Page, place: Place) -> None:
    ben = friend(place)
    inside = f"https://discord.com/channels/{place.guild.id}"
    await page.goto(f"{HOME}/join/discord/{CODE}")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("You said no")
    await is_fit(page)
    await page.get_by_role("link", name="Try again").click()
    await page.get_by_label("You are").select_option(str(ben.id))
    async with page.expect_request(inside):
        await page.get_by_role("button", name="Authorize").click()


async def test_two_accounts_become_one_person(page: Page, place: Place) -> None:
    ana = friend(place, "ana")
    await page.goto(f"{HOME}/link/{await code_of_ana(place)}")
    await page.get_by_role("link", name="Continue with Discord").click()
    await page.get_by_label("You are").select_option(str(ana.id))
    await page.get_by_role("button", name="Authorize").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Are both of these you?")
    await is_fit(page)
    await page.get_by_role("button", name="Yes, both are mine").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("You are one person now")
    await is_fit(page)

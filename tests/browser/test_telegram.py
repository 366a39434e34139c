"""The share kit inside Telegram: as a mini app it hands messages and links to Telegram, and only there."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from core.database import Database
from tests.clock import FakeClock
from tests.waiting import until
from tests.web.sharing import CODE, HOME, counted, sharing

NATIVE = "window.posted = []; window.TelegramWebviewProxy = { postEvent: (...event) => window.posted.push(event) };"
WEB = "https://web.telegram.org"
FRAGMENT = "#prepared=aB3+d_-9&tgWebAppData=user%3D1%26hash%3Dx&tgWebAppVersion=9.1&tgWebAppPlatform=ios"


@dataclass
class Kit:
    address: str
    db: Database

    async def told(self) -> bool:
        return await counted(self.db) == {"intents": 1}


@pytest.fixture
async def kit(sqlite_db: Database, clock: FakeClock) -> AsyncIterator[Kit]:
    async with sharing(sqlite_db, clock) as client:
        yield Kit(str(client.make_url(f"/r/{CODE}/kit")), sqlite_db)


async def posted(page: Page) -> Sequence[Any]:
    return [
        event for event in await page.evaluate("window.posted") if event[0] not in ("web_app_ready", "web_app_expand")
    ]


@pytest.mark.parametrize(
    "fragment",
    [
        FRAGMENT,
        "#prepared=aB3+d_-9",
        "#prepared=aB3%2Bd_-9?tgWebAppData=x",
        "#tgWebAppVersion=9.1&prepared=aB3%2Bd_-9",
        "#?tgWebAppVersion=9.1&prepared=aB3%2Bd_-9",
    ],
)
async def test_the_first_button_sends_the_prepared_message(page: Page, kit: Kit, fragment: str) -> None:
    await page.add_init_script(NATIVE)
    await page.goto(kit.address + fragment)
    await page.get_by_role("button").first.click()
    assert await posted(page) == [["web_app_send_prepared_message", '{"id":"aB3+d_-9"}']]
    await until(kit.told)
    status = page.get_by_role("status")
    await page.evaluate("window.Telegram.WebView.receiveEvent('prepared_message_failed', {error: 'USER_DECLINED'})")
    await expect(status).to_be_empty()
    await page.evaluate("window.TelegramGameProxy.receiveEvent('prepared_message_sent')")
    await expect(status).to_have_text("Sent.")


async def test_what_telegram_cannot_send_is_said(page: Page, kit: Kit) -> None:
    await page.add_init_script(NATIVE)
    await page.goto(kit.address + FRAGMENT)
    await page.evaluate("window.Telegram.WebView.receiveEvent('prepared_message_failed', {error: 'MESSAGE_EXPIRED'})")
    await expect(page.get_by_role("status")).to_contain_text("Choose another way")
    await expect(page.get_by_role("button", name="Send in Telegram")).to_be_hidden()


async def test_inside_telegram_links_are_handed_to_telegram(page: Page, kit: Kit) -> None:
    await page.add_init_script(NATIVE)
    await page.goto(f"{kit.address}#tgWebAppData=x")
    await expect(page.get_by_role("button", name="Send in Telegram")).to_be_hidden()
    await page.locator("a[data-channel=whatsapp]").click()
    await page.locator("a[data-channel=telegram]").click()
    (other, (kind, data)) = await posted(page)
    assert other[0] == "web_app_open_link"
    assert other[1].startswith('{"url":"https://wa.me/?text=Come')
    assert (kind, data[:30]) == ("web_app_open_tg_link", '{"path_full":"/share/url?url=h')
    assert page.url.startswith(kit.address)


@pytest.mark.parametrize("fragment", ["", FRAGMENT])
async def test_elsewhere_there_is_nothing_of_it(page: Page, kit: Kit, fragment: str) -> None:
    await page.goto(kit.address + fragment)
    await expect(page.get_by_role("link", name="WhatsApp")).to_be_visible()
    await expect(page.get_by_role("button", name="Send in Telegram")).to_be_hidden()


async def test_the_language_changes_and_the_message_stays(page: Page, kit: Kit) -> None:
    await page.add_init_script(NATIVE)
    await page.goto(kit.address + FRAGMENT)
    await page.get_by_role("link", name="Français").click()
    await page.get_by_role("button", name="Envoyer dans Telegram").click()
    assert await posted(page) == [["web_app_send_prepared_message", '{"id":"aB3+d_-9"}']]


async def framed(context: BrowserContext, origin: str, kit: Kit) -> Page:
    """The kit, under the address that the world knows it by, in a page of another site."""
    here = kit.address.partition("/r/")[0]

    async def outside(route: Route) -> None:
        listen = "window.posted = []; addEventListener('message', (event) => posted.push([event.origin, event.data]));"
        frame = f"<iframe src='{HOME}/r/{CODE}/kit{FRAGMENT}' width=380 height=800></iframe>"
        await route.fulfill(content_type="text/html", body=f"<!doctype html><script>{listen}</script>{frame}")

    async def inside(route: Route) -> None:
        await route.fulfill(response=await route.fetch(url=route.request.url.replace(HOME, here)))

    page = await context.new_page()
    await page.route(f"{origin}/k/", outside)
    await page.route(f"{HOME}/**", inside)
    await page.goto(f"{origin}/k/")
    return page


async def test_telegrams_web_client_frames_it_and_is_sent_the_event(context: BrowserContext, kit: Kit) -> None:
    page = await framed(context, WEB, kit)
    await page.frame_locator("iframe").get_by_role("button", name="Send in Telegram").click()
    event = '{"eventType":"web_app_send_prepared_message","eventData":{"id":"aB3+d_-9"}}'

    async def sent() -> bool:
        return [HOME, event] in await page.evaluate("window.posted")

    await until(sent)
    answer = "JSON.stringify({eventType: 'prepared_message_sent', eventData: null})"
    await page.evaluate(f"frames[0].postMessage({answer}, '*')")
    await expect(page.frame_locator("iframe").get_by_role("status")).to_have_text("Sent.")


async def test_nobody_else_frames_it(context: BrowserContext, kit: Kit) -> None:
    page = await framed(context, "https://evil.example", kit)
    await expect(page.frame_locator("iframe").get_by_role("link", name="WhatsApp")).to_have_count(0)
    assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"]

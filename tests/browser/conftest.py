"""A real browser before the real pages: Chromium as the system has it, and the web on a socket of its own.

Where there is no Chromium, these tests are skipped and say how to install it.
"""

import shutil
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, Response, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
NONE = "there is no Chromium: install it with `apt-get install chromium`, or with `playwright install chromium`"

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.5 Mobile/15E148 Safari/604.1",
}
DESKTOP = {
    "viewport": {"width": 1280, "height": 900},
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/141.0.0.0 Safari/537.36",
}


@pytest.fixture(scope="session")
def chromium() -> str | None:
    """The browser to run; None: the one that Playwright has installed itself."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture
async def browser(chromium: str | None) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        if chromium is None and not shutil.which(playwright.chromium.executable_path):
            pytest.skip(NONE)
        running = await playwright.chromium.launch(executable_path=chromium, args=[*QUIET, "--no-sandbox"])
        yield running
        await running.close()


@pytest.fixture(params=["phone", "desktop"])
async def context(request: pytest.FixtureRequest, browser: Browser) -> AsyncIterator[BrowserContext]:
    """A visitor's browser: on a phone first, then at a desk. Whatever goes wrong in a page fails the test."""
    shape = PHONE if request.param == "phone" else DESKTOP
    made = await browser.new_context(**shape)
    yield made
    await made.close()


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    made, wrong = await context.new_page(), []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    made.on("response", lambda answer: wrong.append(answer.url) if _missing(answer) else None)
    yield made
    assert wrong == []


def _missing(answer: Response) -> bool:
    """Whether a part of the page is not there; the page itself may be about just that."""
    return answer.status >= 400 and not answer.request.is_navigation_request()


async def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page for people who cannot see, hear or point as others do."""
    found = await Axe().run(page)
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found.response["violations"]]

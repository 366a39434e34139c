"""The demo's members on the web: their phones open links, and the apps they share them in look at them first."""

import re
from collections.abc import Mapping
from html import unescape
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from bots.cli.demo.cast import Role

_PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{minor} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.{minor} Mobile/15E{build} Safari/604.1"
)
_FETCHERS = {
    "whatsapp": "WhatsApp/2.23.20.0 A",
    "messenger": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "telegram": "TelegramBot (like TwitterBot)",
    "discord": "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
}
_WAY = re.compile(r'<a class="button (telegram|discord)" href="([^"]+)"')


class Browser:
    """Opens addresses as people and as apps do; entered, it holds the connections."""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._session.close()

    async def ways_in(self, link: str, role: Role) -> Mapping[str, str]:
        """What the link's page offers to this person: the first address for each messenger."""
        async with self._session.get(link, headers=_headers(role)) as answer:
            page = await answer.text()
        found: dict[str, str] = {}
        for app, address in _WAY.findall(page):
            found.setdefault(app, str(answer.url.join(URL(unescape(address)))))
        return found

    async def led_to(self, address: str, role: Role) -> str:
        """Where the address sends this person; '' if nowhere."""
        async with self._session.get(address, headers=_headers(role), allow_redirects=False) as answer:
            return answer.headers.get("Location", "")

    async def previews(self, link: str, channel: str) -> None:
        """The channel's app looks at the link, to show what is behind it; not every app does."""
        if channel in _FETCHERS:
            async with self._session.get(link, headers={"User-Agent": _FETCHERS[channel]}) as answer:
                await answer.read()


def _headers(role: Role) -> dict[str, str]:
    """Every phone is a little different, so that each is somebody."""
    agent = _PHONE.format(minor=role.number % 7, build=100 + role.number)
    return {"User-Agent": agent, "Accept-Language": role.language}

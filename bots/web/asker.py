"""Who asks, as far as a request tells: their language, their device, and their pseudonym of the day."""

import asyncio
import secrets
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta

from aiohttp import web

from bots.texts import languages
from bots.web.proxies import Proxies
from core.campaign.values import Privacy
from core.database import Database, DatabaseUnavailableError
from core.visits import day_of, pseudonym, salt_of

PHONES = ("android", "iphone", "ipad")
CHOSEN = ("lang", "language")
"""The parameters that name a language; links that were given out may hold either."""


def language_of(request: web.Request) -> str:
    """The one chosen on the page, else the first of the browser's that there is, else English."""
    chosen = [request.query.get(name, "") for name in CHOSEN]
    for each in (*chosen, *request.headers.get("Accept-Language", "").split(",")[:10]):
        language = each.partition(";")[0].strip().lower()
        for tag in (language, language.partition("-")[0]):
            if tag in languages():
                return tag
    return "en"


def on_phone(request: web.Request) -> bool:
    """Whether the page is read on a phone or tablet, as far as the browser says."""
    agent = request.headers.get("User-Agent", "").lower()
    return any(mark in agent for mark in PHONES)


class Pseudonyms:
    """What visitors are called within a day. The day's salt is asked for once in each process."""

    def __init__(self, db: Database, proxies: Proxies) -> None:
        self._db, self._proxies = db, proxies
        self._salt: bytes | None = None
        self._until = datetime.min.replace(tzinfo=UTC)
        self._reading = asyncio.Lock()

    async def of(self, request: web.BaseRequest, privacy: Privacy, *, now: datetime) -> str | None:
        """Who it is under today's salt; nobody, where they or the campaign do not want them recognised."""
        if _unwanted(request, privacy):
            return None
        if not self.are_known(now):
            await self._read(now)
        return self.known(request, privacy)

    def are_known(self, now: datetime) -> bool:
        """Whether today's salt is at hand."""
        return now < self._until

    def known(self, request: web.BaseRequest, privacy: Privacy) -> str | None:
        """As `of`, under the salt that is at hand."""
        if self._salt is None or _unwanted(request, privacy):
            return None
        agent, language = request.headers.get("User-Agent", ""), request.headers.get("Accept-Language", "")
        return pseudonym(self._salt, address=self._proxies.address_of(request), agent=agent, language=language)

    async def _read(self, now: datetime) -> None:
        """Ask for the day's salt, once for all who come meanwhile."""
        async with self._reading:
            if self.are_known(now):
                return
            day, self._salt = day_of(now), None
            with suppress(DatabaseUnavailableError):
                async with self._db.begin() as tx:
                    self._salt = await salt_of(tx, day, now=now, fresh=secrets.token_bytes(32))
                self._until = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)


def _unwanted(request: web.BaseRequest, privacy: Privacy) -> bool:
    asked_not_to = request.headers.get("DNT") == "1" or request.headers.get("Sec-GPC") == "1"
    return not privacy.visitors or (privacy.do_not_track and asked_not_to)

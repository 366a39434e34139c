"""`/r/CODE`: where an advocate's link leads. People are sent on or shown the way in; preview fetchers get the card.

A visit is answered after it has been kept. If that takes longer than two seconds it is answered all the same, and
counted as unrecorded. No destination is ever read from the request, so there is no open redirect.
"""

import secrets
from datetime import date, datetime

from aiohttp import web
from yarl import URL

from bots.texts import languages, moment
from bots.web import pages, visitors
from core.campaign.values import Campaign, Platform, State, in_language
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError
from core.visits import Book, Met, Page, Recorder, Visit, day_of, pseudonym, salt_of

LOOPBACK = frozenset({"127.0.0.1", "::1"})
PHONES = ("android", "iphone", "ipad")


class Links:
    """The pages behind advocates' links. `public_url` is the address that the world knows this web by."""

    def __init__(self, db: Database, clock: Clock, recorder: Recorder, *, public_url: str | None) -> None:
        self._db, self._clock, self._recorder = db, clock, recorder
        self._public_url = URL(public_url) if public_url else None
        self._book = Book(db, clock)
        self._salt: tuple[date, bytes] | None = None

    def routes(self) -> list[web.RouteDef]:
        """To be handed to the web application."""
        return [web.get("/r/{code}", self.answer), web.get("/r/{code}/{channel}", self.answer)]

    async def answer(self, request: web.Request) -> web.Response:
        """Send the visitor on, show the way in, or say kindly why there is none."""
        try:
            page = await self._book.find(request.match_info["code"])
        except (DatabaseUnavailableError, TimeoutError) as error:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from error
        look = _Look(request, self._public_url, self._clock.now())
        if page is None:
            return look.gone(pages.Why.UNKNOWN)
        state = page.applied.state(look.now)
        if state is State.ENDED:
            return look.gone(pages.Why.ENDED, page.applied.campaign)
        await self._keep(request, look, page)
        if look.visit.wants_card:
            return look.html(pages.card(look.card(page)))
        if state is State.SCHEDULED:
            return look.gone(pages.Why.NOT_STARTED, page.applied.campaign)
        onward = look.onward(page)
        if onward is not None:
            return web.Response(status=302, headers={"Location": onward, "Cache-Control": "no-store"})
        return look.html(pages.landing(look.landing(page)))

    async def _keep(self, request: web.Request, look: "_Look", page: Page) -> None:
        """Keep a person's click or an app's preview; whatever else asks for the page leaves no trace."""
        if look.visit.wants_card and request.method == "GET":
            met = Met.UNFURL
        elif look.visit.counts:
            met = Met.CLICK
        else:
            return
        visit = Visit(
            met=met,
            code=page.link.code,
            campaign_id=page.link.campaign_id,
            advocate_id=page.link.member_id,
            at=look.now,
            channel=look.channel or look.visit.channel,
            app=look.visit.agent.app,
            visitor=await self._visitor(request, look),
            number=secrets.randbits(48),
        )
        await self._recorder.record(visit)

    async def _visitor(self, request: web.Request, look: "_Look") -> str | None:
        """Who it is under today's salt; nobody, where the browser asks not to be recognised."""
        if request.headers.get("DNT") == "1" or request.headers.get("Sec-GPC") == "1":
            return None
        day = day_of(look.now)
        if self._salt is None or self._salt[0] != day:
            try:
                async with self._db.begin() as tx:
                    self._salt = (day, await salt_of(tx, day, now=look.now, fresh=secrets.token_bytes(32)))
            except DatabaseUnavailableError:
                return None
        agent, language = request.headers.get("User-Agent", ""), request.headers.get("Accept-Language", "")
        return pseudonym(self._salt[1], address=_address(request), agent=agent, language=language)


class _Look:
    """One request, and how its answer looks."""

    def __init__(self, request: web.Request, public_url: URL | None, now: datetime) -> None:
        self.request, self.now = request, now
        self.base = public_url or request.url.origin()
        self.visit = visitors.visit(request.headers, method=request.method, own=frozenset({self.base.host or ""}))
        channel = request.match_info.get("channel")
        self.channel = channel if channel in pages.CHANNELS else None
        self.language = _language(request)

    def html(self, page: str, status: int = 200) -> web.Response:
        headers = {**pages.headers(), "Cache-Control": "no-store", "Vary": "Accept-Language, User-Agent"}
        return web.Response(text=page, status=status, content_type="text/html", charset="utf-8", headers=headers)

    def gone(self, why: pages.Why, campaign: Campaign | None = None) -> web.Response:
        title = in_language(campaign.title, self.language) if campaign else None
        window = campaign.window if campaign else None
        when = moment(self.language, window.starts, window.timezone) if window else None
        return self.html(pages.gone(pages.Gone(language=self.language, why=why, title=title, when=when)), why.status)

    def onward(self, page: Page) -> str | None:
        """Where people are sent at once: the one community that the campaign names, if a door leads there."""
        places = {each.name: each.platform for each in page.applied.campaign.communities}
        platform = places.get(page.applied.campaign.destination)
        door = page.doors.get(platform) if platform else None
        return door.to(self._start(page)) if door else None

    def card(self, page: Page) -> pages.Card:
        campaign = page.applied.campaign
        title = in_language(campaign.card.title if campaign.card else campaign.title, self.language)
        return pages.Card(
            language=self.language,
            title=title,
            text=in_language(campaign.card.text, self.language) if campaign.card else "",
            address=str(self.base.join(self.request.rel_url.with_query(None))),
            site=in_language(campaign.title, self.language),
            other_languages=[each for each in languages() if each != self.language],
        )

    def landing(self, page: Page) -> pages.Landing:
        campaign = page.applied.campaign
        door = page.doors.get(Platform.TELEGRAM)
        here = any(each.platform is Platform.TELEGRAM for each in campaign.communities)
        places = [pages.Place(app="telegram", address=door.to(self._start(page)))] if door and here else []
        phone = any(mark in self.request.headers.get("User-Agent", "").lower() for mark in PHONES)
        return pages.Landing(
            language=self.language,
            title=in_language(campaign.title, self.language),
            text=in_language(campaign.card.text, self.language) if campaign.card else "",
            places=places,
            advocate=page.advocate.partition(" ")[0] or None,
            terms=in_language(campaign.terms, self.language) or None,
            scan=None if phone or not places else places[0].address,
            own_link=door.to("") if door else None,
            card=self.card(page),
            other_languages=self._other_languages(),
        )

    def _start(self, page: Page) -> str:
        """The code with the channel it was shared in, as the bot is given it."""
        return f"{page.link.code}_{self.channel}" if self.channel else page.link.code

    def _other_languages(self) -> list[pages.OtherLanguage]:
        path = self.request.rel_url.path
        return [pages.OtherLanguage(language=each, address=f"{path}?language={each}") for each in languages()]


def _language(request: web.Request) -> str:
    """The one chosen on the page, else the first of the browser's that there is, else English."""
    wanted = [request.query.get("language", ""), *request.headers.get("Accept-Language", "").split(",")[:10]]
    for each in wanted:
        language = each.partition(";")[0].strip().lower()
        for tag in (language, language.partition("-")[0]):
            if tag in languages():
                return tag
    return "en"


def _address(request: web.Request) -> str:
    """The visitor's address: the proxy's word for it, if the proxy is on this machine; else whoever is connected."""
    peer = request.remote or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if peer in LOOPBACK and forwarded else peer

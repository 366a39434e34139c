"""`/r/CODE`: where an advocate's link leads. People are sent on or shown the way in; preview fetchers get the card.

A visit is answered after it has been kept. If that takes longer than two seconds it is answered all the same, and
counted as unrecorded. No destination is ever read from the request, so there is no open redirect.
"""

from collections.abc import Awaitable

from aiohttp import web
from yarl import URL

from bots.web import pages
from bots.web.asker import Pseudonyms
from bots.web.kit import Kit
from bots.web.look import Look
from bots.web.onward import ShortWay
from bots.web.proxies import Proxies
from bots.web.visits import visit_of
from core.campaign.values import State
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError
from core.visits import Book, Met, Page, Recorder


class Links:
    """The pages behind advocates' links. `public_url` is the address that the world knows this web by."""

    def __init__(
        self, db: Database, clock: Clock, recorder: Recorder, *, public_url: str | None, proxies: Proxies | None = None
    ) -> None:
        self._clock, self._recorder = clock, recorder
        self._public_url = URL(public_url) if public_url else None
        self._book = Book(db, clock)
        self._pseudonyms = Pseudonyms(db, proxies or Proxies())
        self._short = ShortWay(clock, recorder, self._book, self._pseudonyms, public_url=self._public_url)
        self._kit = Kit(clock, recorder, self._book, self._pseudonyms, public_url=self._public_url)

    def routes(self) -> list[web.RouteDef]:
        """To be handed to the web application."""
        own = [web.get("/r/{code}", self.answer), web.get("/r/{code}/{channel}", self.answer)]
        return [*self._kit.routes(), *own]  # the kit's first: it is no channel

    def at_once(self, request: web.BaseRequest) -> Awaitable[web.StreamResponse] | None:
        """The answer without a detour through the routes, where that is possible."""
        return self._short.at_once(request)

    async def answer(self, request: web.Request) -> web.Response:
        """Send the visitor on, show the way in, or say kindly why there is none."""
        try:
            found = await self._book.find(request.match_info["code"])
        except (DatabaseUnavailableError, TimeoutError) as error:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from error
        look = Look(request, self._public_url, self._clock.now())
        page = look.behind(found)
        if isinstance(page, web.Response):
            return page
        await self._keep(request, look, page)
        if look.visit.wants_card:
            return look.html(pages.card(look.card(page)))
        if page.applied.state(look.now) is State.SCHEDULED:
            return look.gone(pages.Why.NOT_STARTED, page.applied.campaign)
        onward = look.onward(page)
        if onward is not None:
            if look.channel == request.match_info.get("channel") and not request.query_string:
                self._short.learn(request.raw_path, page, look.channel, onward)
            return web.Response(status=302, headers={"Location": onward, "Cache-Control": "no-store"})
        return look.html(pages.landing(look.landing(page)))

    async def _keep(self, request: web.Request, look: Look, page: Page) -> None:
        """Keep a person's click or an app's preview; whatever else asks for the page leaves no trace."""
        if look.visit.wants_card and request.method == "GET":
            met = Met.UNFURL
        elif look.visit.counts:
            met = Met.CLICK
        else:
            return
        visitor = await self._pseudonyms.of(request, page.applied.campaign.privacy, now=look.now)
        await self._recorder.record(visit_of(met, look.visit, page, look.channel, visitor, look.now))

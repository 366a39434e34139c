"""`/r/CODE`: where an advocate's link leads. People are sent on or shown the way in; preview fetchers get the card.

A visit is answered after it has been kept. If that takes longer than two seconds it is answered all the same, and
counted as unrecorded. No destination is ever read from the request, so there is no open redirect.
"""

from collections.abc import Awaitable

from aiohttp import web
from yarl import URL

from bots.web import pages
from bots.web.admission import Admission
from bots.web.asker import Pseudonyms
from bots.web.invites import Invites
from bots.web.join import Join
from bots.web.kit import Kit
from bots.web.linkup import PURPOSE, LinkUp
from bots.web.look import Look
from bots.web.onward import ShortWay
from bots.web.proxies import Proxies
from bots.web.state import States
from bots.web.visits import Visits
from bots.web.ways_in import WaysIn
from core.campaign.values import Community, Platform
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError
from core.visits import Book, Page, Recorder


class Links:
    """The pages behind advocates' links, and the ways in that start from them.

    `public_url` is the address that the world knows this web by. With `admission` people may come into Discord servers
    by their consent; `secret_key` is what these are signed with, and the database has one of its own.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        recorder: Recorder,
        *,
        public_url: str | None,
        proxies: Proxies | None = None,
        admission: Admission | None = None,
        secret_key: str | None = None,
    ) -> None:
        self._clock = clock
        self._public_url = base = URL(public_url) if public_url else None
        self._book, proxies = Book(db, clock), proxies or Proxies()
        pseudonyms = Pseudonyms(db, proxies)
        self._visits, invites = Visits(recorder, pseudonyms), Invites(db, clock, proxies)
        admission = admission if base else None  # the way back has to be known to Discord
        self._short = ShortWay(clock, recorder, self._book, pseudonyms, public_url=base)
        self._ways_in = WaysIn(clock, self._book, self._visits, invites, public_url=base, admits=admission is not None)
        kit = Kit(clock, recorder, self._book, pseudonyms, public_url=base)
        states = States(db, clock, secret_key)
        link_up = LinkUp(db, clock, states, proxies, admission, public_url=base)
        join = Join(db, clock, self._book, states, proxies, admission, {PURPOSE: link_up}, public_url=base)
        self._others = [*kit.routes(), *self._ways_in.routes(), *join.routes(), *link_up.routes()]

    def routes(self) -> list[web.RouteDef]:
        """To be handed to the web application."""
        own = [web.get("/r/{code}", self.answer), web.get("/r/{code}/{channel}", self.answer)]
        return [*self._others, *own]  # the kit's first: it is no channel

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
        await self._visits.keep(request, look, page)
        if (instead := look.instead(page)) is not None:
            return instead
        community = look.community(page, page.applied.campaign.destination)
        if community is None:
            return look.html(pages.landing(look.landing(page)))
        self._learn(request, look, page, community)
        return await self._ways_in.send(request, look, page, community)

    def _learn(self, request: web.Request, look: Look, page: Page, community: Community) -> None:
        """Where the answer is the same for everybody, it may be given without a detour from now on."""
        onward = look.into_bot(page) if community.platform is Platform.TELEGRAM else None
        if onward is not None and look.channel == request.match_info.get("channel") and not request.query_string:
            self._short.learn(request.raw_path, page, look.channel, onward)

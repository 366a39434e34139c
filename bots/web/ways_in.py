"""`/in/CODE/COMMUNITY` and `/in/CODE/COMMUNITY/CHANNEL`: the way into one community of the campaign.

A person who comes for a Discord server gets an invite that was made for this one visit, or is sent to Discord's
consent page where the campaign asks for that or no invite is to be had. Machines get the card or the landing page.
"""

from aiohttp import web
from yarl import URL

from bots.web import pages
from bots.web.invites import Invites, hold
from bots.web.look import Look
from bots.web.visits import Visits
from core.campaign.values import Community, Join, Platform
from core.clock import Clock
from core.database import DatabaseUnavailableError
from core.visits import Book, Page


class WaysIn:
    """Sends people into communities. `admits`: whether they can come into Discord's by their consent."""

    def __init__(
        self, clock: Clock, book: Book, visits: Visits, invites: Invites, *, public_url: URL | None, admits: bool
    ) -> None:
        self._clock, self._book, self._visits, self._invites = clock, book, visits, invites
        self._public_url, self._admits = public_url, admits

    def routes(self) -> list[web.RouteDef]:
        """To be handed to the web application."""
        paths = ("/in/{code}/{community}", "/in/{code}/{community}/{channel}")
        return [web.get(path, self.answer) for path in paths]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Send the visitor into the community; one that the campaign has no more leads to the link itself."""
        try:
            found = await self._book.find(request.match_info["code"])
        except (DatabaseUnavailableError, TimeoutError) as error:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from error
        look = Look(request, self._public_url, self._clock.now())
        page = look.behind(found)
        if isinstance(page, web.Response):
            return page
        if request.headers.get("Sec-Fetch-Site") != "same-origin":  # our landing page was a visit already
            await self._visits.keep(request, look, page)
        if (instead := look.instead(page)) is not None:
            return instead
        community = look.community(page, request.match_info["community"])
        return await self.send(request, look, page, community) if community else look.sent(look.link(page))

    async def send(self, request: web.Request, look: Look, page: Page, community: Community) -> web.Response:
        """Send the visitor on into this community. Machines, and all while its door is shut, get the landing page."""
        if community.platform is Platform.TELEGRAM and (onward := look.into_bot(page)):
            return look.sent(onward)
        if community.platform is Platform.DISCORD and Platform.DISCORD in page.doors and look.visit.counts:
            return await self._into_server(request, look, page, community)
        return look.html(pages.landing(look.landing(page)))

    async def _into_server(self, request: web.Request, look: Look, page: Page, community: Community) -> web.Response:
        if community.join is Join.INVITE or not self._admits:
            invite = await self._invites.give(request, page, community.chat, look.channel)
            if invite is not None:
                return hold(look.sent(page.doors[Platform.DISCORD].to(invite)), invite, secure=look.is_secure)
        if self._admits:
            return look.sent(look.consent(page, community))
        return look.halt(pages.Hurdle.BUSY, page.applied.campaign, again=look.way_in(page, community))

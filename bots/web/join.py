"""`/join/discord/CODE` and its callback: into a Discord server by consenting on Discord's own page (OAuth2).

The link and the account are known before they join, so nobody else can be taken for them. What was begun stands in the
state that comes back: see `state.py`. Tokens are used once and given back.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from aiohttp import web
from yarl import URL

from bots.web import pages
from bots.web.admission import Admission
from bots.web.api.limits import Allowance, Limit
from bots.web.api.who import counted_as
from bots.web.look import SERVERS, Look
from bots.web.pages import Hurdle
from bots.web.proxies import Proxies
from bots.web.state import States, keep_in
from core import arrivals, chats, intake
from core.campaign.values import Community, Platform
from core.clock import Clock
from core.consents import Consent, ConsentError, Newcomer, Refusal, RefusedError
from core.database import Database, DatabaseUnavailableError
from core.intake.facts import Started
from core.visits import Book, Page

SCOPES = "identify guilds.join"
BACK = "/join/discord/callback"
PURPOSE = "join"
PER_ADDRESS = Allowance("returns", 60, timedelta(minutes=10))
HURDLES = {Refusal.STALE: Hurdle.EXPIRED}
"""Refusals that have another name for people; the others keep theirs."""


class Returning(Protocol):
    """What else people consent to on Discord's page."""

    async def come_back(
        self, request: web.Request, look: Look, consent: Consent, admission: Admission
    ) -> web.Response: ...

    def again(self, look: Look, code: str) -> str: ...


class Join:
    """Lets people into Discord servers by their consent. Without `admission` there is no such way.

    `others` are what else comes back there, by purpose.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        book: Book,
        states: States,
        proxies: Proxies,
        admission: Admission | None,
        others: Mapping[str, Returning],
        *,
        public_url: URL | None,
    ) -> None:
        self._db, self._clock, self._book, self._states, self._proxies = db, clock, book, states, proxies
        self._admission, self._public_url, self._others = admission, public_url, others
        self._limit = Limit(PER_ADDRESS)

    def routes(self) -> list[web.RouteDef]:
        """To be handed to the web application."""
        return [web.get(BACK, self.come_back, allow_head=False), web.get("/join/discord/{code}", self.set_out)]

    async def set_out(self, request: web.Request) -> web.Response:
        """Send a person to Discord's page. Changes nothing; machines get the card or the landing page."""
        look, page = await self._find(request, request.match_info["code"])
        if isinstance(page, web.Response):
            return page
        channel = request.query.get("channel")
        look.channel = channel if channel in pages.CHANNELS else None
        if (instead := look.instead(page)) is not None:
            return instead
        community = _server(page, request.query.get("to"))
        if not look.visit.counts or Platform.DISCORD not in page.doors or community is None:
            return look.html(pages.landing(look.landing(page)))
        if self._admission is None:
            return look.sent(look.way_in(page, community))
        return await self._send_away(request, look, page, community, self._admission)

    async def _send_away(
        self, request: web.Request, look: Look, page: Page, community: Community, admission: Admission
    ) -> web.Response:
        told = {"community": community.name, "channel": look.channel}
        try:
            begun = await self._states.begin(request, PURPOSE, page.link.code, **told)
            back = look.address(BACK)
            address = await admission.page(scopes=SCOPES, state=begun.state, challenge=begun.challenge, back=back)
        except RefusedError as error:
            return look.halt(hurdle_of(error), page.applied.campaign, again=look.consent(page, community))
        except DatabaseUnavailableError:
            return look.halt(Hurdle.SHUT, page.applied.campaign, again=look.consent(page, community))
        answer = look.sent(address)
        keep_in(answer, begun, secure=look.is_secure)
        return answer

    async def come_back(self, request: web.Request) -> web.Response:
        """Take the person's consent, once, and let them in."""
        look = Look(request, self._public_url, self._clock.now())
        network = counted_as(self._proxies.address_of(request))
        if self._admission is None or not look.visit.counts:
            return look.halt(Hurdle.FORGED)
        if self._limit.take(network, now=look.now).wait:
            return look.halt(Hurdle.BUSY)
        try:
            consent = await self._states.read(request, request.query.get("state", ""))
            if consent.purpose != PURPOSE and consent.purpose not in self._others:
                return look.halt(Hurdle.FORGED)
            await self._states.spend(consent)
        except ConsentError as error:
            return await self._flawed(look, error)
        except DatabaseUnavailableError:
            return look.halt(Hurdle.SHUT)
        if consent.purpose in self._others:
            return await self._others[consent.purpose].come_back(request, look, consent, self._admission)
        return await self._take(request, look, consent, self._admission)

    async def _take(self, request: web.Request, look: Look, consent: Consent, admission: Admission) -> web.Response:
        """The person is back in the browser that they left in, for the first time."""
        look, page = await self._find(request, consent.code)
        look.channel = consent.channel
        if isinstance(page, web.Response):
            return page
        community = _server(page, consent.community)
        if community is None:
            return look.sent(look.link(page))
        campaign, again = page.applied.campaign, look.consent(page, community)
        code = request.query.get("code")
        if not code:
            declined = request.query.get("error") == "access_denied"
            return look.halt(Hurdle.DECLINED if declined else Hurdle.SHUT, campaign, again=again)
        try:
            verifier = await self._states.verifier(consent)
            newcomer = await admission.identify(code, verifier=verifier, back=look.address(BACK))
            await self._let_in(newcomer, consent, community, admission)
        except RefusedError as error:
            inside = f"{SERVERS}{community.chat}" if error.refusal is Refusal.AWAY else None
            return look.halt(hurdle_of(error), campaign, again=again, inside=inside)
        except DatabaseUnavailableError:
            return look.halt(Hurdle.SHUT, campaign, again=again)
        return look.sent(f"{SERVERS}{community.chat}")

    async def _let_in(self, newcomer: Newcomer, consent: Consent, community: Community, admission: Admission) -> None:
        """Keep through which link they come, then let them in. Raises RefusedError."""
        try:
            chat_id = await self._keep(newcomer, consent, community)
            comes = False
            try:
                comes = await admission.let_in(newcomer, community.chat)
            except RefusedError as error:
                comes = error.refusal is Refusal.AWAY  # nobody knows
                raise
            finally:
                if not comes:
                    async with self._db.begin() as tx:
                        await arrivals.not_expected(tx, chat_id, newcomer.person.account.id)
        finally:
            await admission.forget(newcomer)

    async def _keep(self, newcomer: Newcomer, consent: Consent, community: Community) -> int:
        now, person = self._clock.now(), newcomer.person
        started = Started(
            key=f"dc/consent/{consent.id}", at=now, person=person, code=consent.code, channel=consent.channel
        )
        async with self._db.begin() as tx:
            chat = (await chats.at_addresses(tx, Platform.DISCORD, [community.chat])).get(community.chat)
            if chat is None:  # the campaign names a server that was never applied
                raise RefusedError(Refusal.SHUT)
            await arrivals.expect(tx, chat.id, person.account.id, consent.code, consent.channel, now=now)
            await intake.take(tx, [started], now=now)
        return chat.id

    async def _flawed(self, look: Look, error: ConsentError) -> web.Response:
        """A consent that does not count, and where to begin anew."""
        hurdle = Hurdle(error.flaw.value)
        if error.consent is None:
            return look.halt(hurdle)
        if (other := self._others.get(error.consent.purpose)) is not None:
            return look.halt(hurdle, again=other.again(look, error.consent.code))
        if error.consent.purpose != PURPOSE:
            return look.halt(Hurdle.FORGED)
        _, page = await self._find(look.request, error.consent.code)
        if isinstance(page, web.Response):
            return page
        look.channel = error.consent.channel
        community = _server(page, error.consent.community)
        again = look.consent(page, community) if community else look.link(page)
        inside = f"{SERVERS}{community.chat}" if community and hurdle is Hurdle.USED else None
        return look.halt(hurdle, page.applied.campaign, again=again, inside=inside)

    async def _find(self, request: web.Request, code: str) -> tuple[Look, Page | web.Response]:
        """The link with its campaign, or the answer that says why it leads nowhere."""
        look = Look(request, self._public_url, self._clock.now())
        try:
            return look, look.behind(await self._book.find(code))
        except (DatabaseUnavailableError, TimeoutError) as error:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from error


def _server(page: Page, name: str | None) -> Community | None:
    """The Discord server of this name; without a name, the campaign's first."""
    servers = [each for each in page.applied.campaign.communities if each.platform is Platform.DISCORD]
    return next((each for each in servers if each.name == (name or servers[0].name)), None)


def hurdle_of(error: RefusedError) -> Hurdle:
    """What the refusal is to people."""
    return HURDLES.get(error.refusal) or Hurdle(error.refusal.value)

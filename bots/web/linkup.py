"""`/link/CODE`: an account on Discord and one on Telegram become one person.

Opening the page shows whose code it is, and how to go on. The person proves their account on Discord by consenting on
Discord's own page, reads both names, and says yes: only that spends the code, so no preview can.
"""

from aiohttp import web
from yarl import URL

from bots.web import pages
from bots.web.admission import Admission
from bots.web.api.limits import Limit
from bots.web.api.who import counted_as
from bots.web.join import BACK, PER_ADDRESS, hurdle_of
from bots.web.look import Look
from bots.web.pages import Hurdle, Linking, Step
from bots.web.proxies import Proxies
from bots.web.state import States, keep_in
from core import doors, members, persons
from core.campaign.values import Platform
from core.clock import Clock
from core.consents import Consent, ConsentError, RefusedError
from core.database import Database, DatabaseUnavailableError
from core.members import Member
from core.persons import Offer

PURPOSE = "link"
SAID_YES = "yes"
SCOPES = "identify"


class LinkUp:
    """The pages that join two accounts. Without `admission`, Discord's is proved by the bot's command alone."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        states: States,
        proxies: Proxies,
        admission: Admission | None,
        *,
        public_url: URL | None,
    ) -> None:
        self._db, self._clock, self._states, self._proxies = db, clock, states, proxies
        self._admission, self._public_url = admission, public_url
        self._limit = Limit(PER_ADDRESS)

    def routes(self) -> list[web.RouteDef]:
        """To be handed to the web application."""
        return [
            web.get("/link/{code}", self.show),
            web.get("/link/{code}/discord", self.set_out, allow_head=False),
            web.post("/link/{code}", self.say_yes),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Whose code it is, and the ways to go on. Spends nothing; machines are told nothing of anybody."""
        look, code = self._look(request), persons.plain(request.match_info["code"])
        if not look.visit.counts:
            return _page(look, Linking(language=look.language, step=Step.NOBODY))
        if self._limit.take(counted_as(self._proxies.address_of(request)), now=look.now).wait:
            return look.halt(Hurdle.BUSY)
        try:
            async with self._db.read() as tx:
                offer = await persons.offered(tx, code, now=look.now)
                bot = (await doors.all_open(tx)).get(Platform.TELEGRAM)
        except DatabaseUnavailableError:
            return look.halt(Hurdle.SHUT, again=self.again(look, code))
        if offer is None:
            return _page(look, Linking(language=look.language, step=Step.OVER))
        return _page(look, self._ways(look, code, offer, bot.to(f"link-{code}") if bot else None))

    def _ways(self, look: Look, code: str, offer: Offer, into_bot: str | None) -> Linking:
        """The other side of the account that made the code is where the person goes on."""
        on_telegram = offer.member.account.platform is Platform.TELEGRAM
        return Linking(
            language=look.language,
            step=Step.WAYS,
            name=_first(offer.member),
            app=offer.member.account.platform.value,
            telegram=None if on_telegram else into_bot,
            discord=look.address(f"/link/{code}/discord") if on_telegram and self._admission else None,
            typed=persons.shown(code) if on_telegram else None,
            other_languages=look.other_languages(),
        )

    async def set_out(self, request: web.Request) -> web.Response:
        """Send the person to Discord's page, which tells us who they are, and nothing more."""
        look, code = self._look(request), persons.plain(request.match_info["code"])
        if self._admission is None or not look.visit.counts or not persons.is_code(code):
            return look.sent(self.again(look, code[:20]))
        try:
            begun = await self._states.begin(request, PURPOSE, code)
            address = await self._admission.page(
                scopes=SCOPES, state=begun.state, challenge=begun.challenge, back=look.address(BACK)
            )
        except RefusedError as error:
            return look.halt(hurdle_of(error), again=self.again(look, code))
        answer = look.sent(address)
        keep_in(answer, begun, secure=look.is_secure)
        return answer

    def again(self, look: Look, code: str) -> str:
        """Where somebody begins anew."""
        return look.address(f"/link/{code}")

    async def come_back(self, request: web.Request, look: Look, consent: Consent, admission: Admission) -> web.Response:
        """The person has proved who they are on Discord: show both names, and ask."""
        code, brought = consent.code, request.query.get("code")
        if not brought:
            return look.halt(Hurdle.DECLINED, again=self.again(look, code))
        try:
            verifier = await self._states.verifier(consent)
            newcomer = await admission.identify(brought, verifier=verifier, back=look.address(BACK))
        except RefusedError as error:
            return look.halt(hurdle_of(error), again=self.again(look, code))
        await admission.forget(newcomer)
        async with self._db.begin() as tx:
            me = (await members.meet(tx, [newcomer.person], now=look.now))[newcomer.person.account]
            looked = await persons.look_up(tx, code, by=me.id, now=look.now)
        if looked.offer is None:
            return _page(look, Linking(language=look.language, step=Step.REFUSED, refusal=looked.refusal))
        begun = await self._states.begin(request, SAID_YES, code, community=str(me.id))
        view = Linking(
            language=look.language,
            step=Step.CONFIRM,
            name=_first(looked.offer.member),
            app=looked.offer.member.account.platform.value,
            other=me.name,
            other_app=me.account.platform.value,
            to=look.address(f"/link/{code}"),
            proof=begun.state,
        )
        answer = _page(look, view)
        keep_in(answer, begun, secure=look.is_secure)
        return answer

    async def say_yes(self, request: web.Request) -> web.Response:
        """The person said yes, on a page of ours, in the browser that they proved their account in."""
        look, code = self._look(request), persons.plain(request.match_info["code"])
        proof = (await request.post()).get("proof", "")
        if _is_from_elsewhere(request, look.base) or not isinstance(proof, str):
            return look.halt(Hurdle.FORGED, again=self.again(look, code[:20]))
        try:
            consent = await self._states.read(request, proof)
            if consent.purpose != SAID_YES or consent.code != code or consent.community is None:
                return look.halt(Hurdle.FORGED)
            await self._states.spend(consent)
            async with self._db.begin() as tx:
                linked = await persons.link(tx, code, member_id=int(consent.community), now=look.now)
        except ConsentError as error:
            return look.halt(Hurdle(error.flaw.value), again=self.again(look, code[:20]))
        except DatabaseUnavailableError:
            return look.halt(Hurdle.SHUT)
        step = Step.DONE if linked.other else Step.REFUSED
        return _page(look, Linking(language=look.language, step=step, refusal=linked.refusal))

    def _look(self, request: web.Request) -> Look:
        return Look(request, self._public_url, self._clock.now())


def _page(look: Look, view: Linking) -> web.Response:
    return look.html(pages.linking(view), view.step.status, headers=pages.form_headers())


def _first(member: Member) -> str:
    return member.name.partition(" ")[0]


def _is_from_elsewhere(request: web.Request, base: URL) -> bool:
    """Whether another site's page sent this, by the browser's own word; without https it may not say where from."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site != "same-origin"
    return request.headers.get("Origin", "null") not in {"null", str(base.origin()), str(request.url.origin())}

"""How the answer to one request looks: in which language, at which address, and what of the campaign it shows."""

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web
from yarl import URL

from bots.texts import languages, moment
from bots.web import pages, visitors
from bots.web.asker import language_of, on_phone
from core import media
from core.campaign.values import Campaign, Platform, State, in_language
from core.visits import Page


class Look:
    """One request for a link's pages, and how its answer looks. `base` is the address the world knows this web by."""

    def __init__(self, request: web.Request, public_url: URL | None, now: datetime) -> None:
        self.request, self.now = request, now
        self.base = public_url or request.url.origin()
        self.visit = visitors.visit(request.headers, method=request.method, own=frozenset({self.base.host or ""}))
        channel = request.match_info.get("channel")
        self.channel = channel if channel in pages.CHANNELS else None
        self.language = language_of(request)

    def address(self, path: str) -> str:
        """The path as the world asks for it."""
        return f"{str(self.base).rstrip('/')}{path}"

    def html(self, page: str, status: int = 200, *, headers: Mapping[str, str] | None = None) -> web.Response:
        """The page, with the headers that belong to it."""
        told = {**(headers or pages.headers()), "Cache-Control": "no-store", "Vary": "Accept-Language, User-Agent"}
        return web.Response(text=page, status=status, content_type="text/html", charset="utf-8", headers=told)

    def behind(self, page: Page | None) -> Page | web.Response:
        """The page, or where the link leads nowhere now and from now on, the answer that says so."""
        if page is None:
            return self.gone(pages.Why.UNKNOWN)
        if page.applied.state(self.now) is State.ENDED:
            return self.gone(pages.Why.ENDED, page.applied.campaign)
        return page

    def gone(self, why: pages.Why, campaign: Campaign | None = None) -> web.Response:
        """The page that says why the link leads nowhere."""
        title = in_language(campaign.title, self.language) if campaign else None
        window = campaign.window if campaign else None
        when = moment(self.language, window.starts, window.timezone) if window else None
        view = pages.Gone(
            language=self.language, why=why, title=title, when=when, other_languages=self.other_languages()
        )
        return self.html(pages.gone(view), why.status)

    def onward(self, page: Page) -> str | None:
        """Where people are sent at once: the one community that the campaign names, if a door leads there."""
        places = {each.name: each.platform for each in page.applied.campaign.communities}
        platform = places.get(page.applied.campaign.destination)
        door = page.doors.get(platform) if platform else None
        return door.to(self._start(page)) if door else None

    def card(self, page: Page, path: str | None = None) -> pages.Card:
        """What previews show, of the address that was asked for or of another `path` here."""
        campaign = page.applied.campaign
        title = in_language(campaign.card.title if campaign.card else campaign.title, self.language)
        return pages.Card(
            language=self.language,
            title=title,
            text=in_language(campaign.card.text, self.language) if campaign.card else "",
            address=self.address(path or self.request.rel_url.raw_path),
            site=in_language(campaign.title, self.language),
            image=self._image(campaign.card.picture, title) if campaign.card and campaign.card.picture else None,
            other_languages=[each for each in languages() if each != self.language],
        )

    def landing(self, page: Page) -> pages.Landing:
        """The page that a friend meets."""
        campaign = page.applied.campaign
        door = page.doors.get(Platform.TELEGRAM)
        here = any(each.platform is Platform.TELEGRAM for each in campaign.communities)
        places = [pages.Place(app="telegram", address=door.to(self._start(page)))] if door and here else []
        return pages.Landing(
            language=self.language,
            title=in_language(campaign.title, self.language),
            text=in_language(campaign.card.text, self.language) if campaign.card else "",
            places=places,
            advocate=page.advocate.partition(" ")[0] or None,
            terms=in_language(campaign.terms, self.language) or None,
            scan=places[0].address if places and not on_phone(self.request) else None,
            own_link=door.to(self._start(page)) if door else None,
            card=self.card(page),
            other_languages=self.other_languages(),
        )

    def other_languages(self) -> list[pages.OtherLanguage]:
        """The same page in each language there is."""
        return [pages.OtherLanguage(language=each, address=f"?lang={each}") for each in languages()]

    def _image(self, picture: str, alt: str) -> pages.Image:
        """A card's picture, which has been drawn at the size that previews want."""
        return pages.Image(address=self.address(f"/media/{picture}"), alt=alt, type=media.kind_of(picture))

    def _start(self, page: Page) -> str:
        """The code with the channel it was shared in, as the bot is given it."""
        return f"{page.link.code}_{self.channel}" if self.channel else page.link.code

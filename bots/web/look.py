"""How the answer to one request looks: in which language, at which address, and what of the campaign it shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from aiohttp import web
from yarl import URL

from bots.texts import languages, moment
from bots.web import pages, visitors
from bots.web.asker import language_of, on_phone
from core import media
from core.campaign.values import Campaign, Community, Platform, State, in_language
from core.visits import Page

SERVERS = "https://discord.com/channels/"
"""Where those who are inside a Discord server look at it, by its number."""

SOON = 10
"""Seconds after which it is worth trying again."""


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

    def instead(self, page: Page) -> web.Response | None:
        """What a preview fetcher gets, and what everybody gets before the campaign starts; None: the way in."""
        if self.visit.wants_card:
            return self.html(pages.card(self.card(page, f"/r/{page.link.code}" if self._is_aside else None)))
        if page.applied.state(self.now) is State.SCHEDULED:
            return self.gone(pages.Why.NOT_STARTED, page.applied.campaign)
        return None

    def gone(self, why: pages.Why, campaign: Campaign | None = None) -> web.Response:
        """The page that says why the link leads nowhere."""
        title = in_language(campaign.title, self.language) if campaign else None
        window = campaign.window if campaign else None
        when = moment(self.language, window.starts, window.timezone) if window else None
        view = pages.Gone(
            language=self.language, why=why, title=title, when=when, other_languages=self.other_languages()
        )
        return self.html(pages.gone(view), why.status)

    def halt(
        self,
        hurdle: pages.Hurdle,
        campaign: Campaign | None = None,
        *,
        again: str | None = None,
        inside: str | None = None,
    ) -> web.Response:
        """The page for somebody who is stopped on their way in."""
        title = in_language(campaign.title, self.language) if campaign else None
        view = pages.Halt(language=self.language, hurdle=hurdle, title=title, again=again, inside=inside)
        answer = self.html(pages.halt(view), hurdle.status)
        if hurdle.status == HTTPStatus.SERVICE_UNAVAILABLE:
            answer.headers["Retry-After"] = str(SOON)
        return answer

    def into_bot(self, page: Page) -> str | None:
        """Where the bot on Telegram is met, which knows every community there; None: that door was never opened."""
        door = page.doors.get(Platform.TELEGRAM)
        return door.to(self._start(page)) if door else None

    @property
    def is_secure(self) -> bool:
        """Whether the world asks by https."""
        return self.base.scheme == "https"

    @property
    def _is_aside(self) -> bool:
        """Whether something else than the link itself was asked for."""
        return not self.request.path.startswith("/r/")

    def community(self, page: Page, name: str | None) -> Community | None:
        """The campaign's community of this name."""
        return next((each for each in page.applied.campaign.communities if each.name == name), None)

    def way_in(self, page: Page, community: Community) -> str:
        """Our own address that leads into one community."""
        return self.address("/".join(("/in", page.link.code, community.name, *self._suffix())))

    def link(self, page: Page) -> str:
        """The link itself, as it was given out."""
        return self.address("/".join(("/r", page.link.code, *self._suffix())))

    def consent(self, page: Page, community: Community) -> str:
        """Our own address where somebody sets out to come into a Discord server by their consent."""
        query = {"to": community.name} | ({"channel": self.channel} if self.channel else {})
        return self.address(f"/join/discord/{page.link.code}?{urlencode(query)}")

    def sent(self, address: str) -> web.Response:
        """The visitor is sent on."""
        return web.Response(status=302, headers={"Location": address, "Cache-Control": "no-store"})

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
        places = self._places(page)
        own_link = self._own_link(page)
        return pages.Landing(
            language=self.language,
            title=in_language(campaign.title, self.language),
            text=in_language(campaign.card.text, self.language) if campaign.card else "",
            places=places,
            advocate=page.advocate.partition(" ")[0] or None,
            terms=in_language(campaign.terms, self.language) or None,
            scan=self._scan(page, places) if places and not on_phone(self.request) else None,
            own_link=own_link,
            own_link_by="discord" if own_link and own_link.startswith(SERVERS) else "telegram",
            card=self.card(page),
            other_languages=self.other_languages(),
        )

    def other_languages(self) -> list[pages.OtherLanguage]:
        """The same page in each language there is."""
        return [pages.OtherLanguage(language=each, address=f"?lang={each}") for each in languages()]

    def _image(self, picture: str, alt: str) -> pages.Image:
        """A card's picture, which has been drawn at the size that previews want."""
        return pages.Image(address=self.address(f"/media/{picture}"), alt=alt, type=media.kind_of(picture))

    def _places(self, page: Page) -> list[pages.Place]:
        """A way into each community whose door is open, in the campaign's order; one for all that a bot leads into."""
        communities, bot = page.applied.campaign.communities, self.into_bot(page)
        servers = [each for each in communities if each.platform is Platform.DISCORD]
        places: list[pages.Place] = []
        for each in communities:
            if each.platform is Platform.TELEGRAM and bot and not any(place.app == "telegram" for place in places):
                places.append(pages.Place(app="telegram", address=bot))
            elif each.platform is Platform.DISCORD and Platform.DISCORD in page.doors:
                name = each.name if len(servers) > 1 else None
                places.append(pages.Place(app="discord", address=self.way_in(page, each), name=name))
        return places

    def _scan(self, page: Page, places: Sequence[pages.Place]) -> str:
        """What a phone is shown: the only way in, or this page where there is a choice, or an invite to be given."""
        only = places[0] if len(places) == 1 else None
        return only.address if only and only.app == "telegram" else self.link(page)

    def _own_link(self, page: Page) -> str | None:
        """Where a visitor gets a link of their own: of the bot, or inside a server, by a command."""
        communities = page.applied.campaign.communities
        if all(each.platform is Platform.DISCORD for each in communities) and Platform.DISCORD in page.doors:
            return f"{SERVERS}{communities[0].chat}"
        return self.into_bot(page)

    def _suffix(self) -> tuple[str, ...]:
        return (self.channel,) if self.channel else ()

    def _start(self, page: Page) -> str:
        """The code with the channel it was shared in, as the bot is given it."""
        return f"{page.link.code}_{self.channel}" if self.channel else page.link.code

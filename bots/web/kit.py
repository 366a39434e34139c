"""`/r/CODE/kit`: the advocate's share kit, its QR code to keep, and word of which button was pressed.

Asking for the page counts nothing. A press is told by the page itself, and by no other site.
"""

from aiohttp import web
from yarl import URL

from bots.web import pages
from bots.web.asker import Pseudonyms, on_phone
from bots.web.look import Look
from bots.web.visits import visit_of
from core.campaign.values import Platform, in_language
from core.clock import Clock
from core.database import DatabaseUnavailableError
from core.visits import Book, Met, Page, Recorder, Visit

SHEET = "sheet"
"""The phone's own share sheet: pressed like a channel, but nobody can tell which app was chosen in it."""


class Kit:
    """The pages of the share kit. `public_url` is the address that the world knows this web by."""

    def __init__(
        self, clock: Clock, recorder: Recorder, book: Book, pseudonyms: Pseudonyms, *, public_url: URL | None
    ) -> None:
        self._clock, self._recorder, self._book, self._pseudonyms = clock, recorder, book, pseudonyms
        self._public_url = public_url

    def routes(self) -> list[web.RouteDef]:
        """To be handed to the web application, before what takes any word behind the code for a channel."""
        return [
            web.get("/r/{code}/kit", self.show),
            web.get("/r/{code}/kit/qr.png", self.png),
            web.get("/r/{code}/kit/qr.svg", self.svg),
            web.post("/r/{code}/kit/{channel}", self.pressed),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """The kit; a preview fetcher gets the campaign's card, as of the link itself."""
        look, page = await self._find(request)
        if isinstance(page, web.Response):
            return page
        if look.visit.wants_card:
            return look.html(pages.card(look.card(page, f"/r/{page.link.code}")))
        return look.html(pages.kit(_kit(look, page)), headers=pages.kit_headers())

    async def png(self, request: web.Request) -> web.Response:
        """The QR code as a picture to keep."""
        look, page = await self._find(request)
        if isinstance(page, web.Response):
            return page
        return _file(page, pages.qr_png(_link(look, page, "qr")), "image/png", "png")

    async def svg(self, request: web.Request) -> web.Response:
        """The QR code as a drawing to print."""
        look, page = await self._find(request)
        if isinstance(page, web.Response):
            return page
        return _file(page, pages.qr_svg_file(_link(look, page, "qr")), "image/svg+xml", "svg")

    async def pressed(self, request: web.Request) -> web.Response:
        """A channel's button was pressed. Says 404 to channels that there are not, and 403 to other sites."""
        channel = request.match_info["channel"]
        if channel not in pages.CHANNELS and channel != SHEET:
            raise web.HTTPNotFound
        look, page = await self._find(request)
        if isinstance(page, web.Response):
            return page
        if not _from_here(request, look.base):
            raise web.HTTPForbidden
        if look.visit.agent.person:
            await self._recorder.record(await self._press(request, look, page))
        return web.Response(status=204, headers={"Cache-Control": "no-store"})

    async def _find(self, request: web.Request) -> tuple[Look, Page | web.Response]:
        """The link with its campaign, or the answer that says why there is nothing to share."""
        try:
            page = await self._book.find(request.match_info["code"])
        except (DatabaseUnavailableError, TimeoutError) as error:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from error
        look = Look(request, self._public_url, self._clock.now())
        return look, look.behind(page)

    async def _press(self, request: web.Request, look: Look, page: Page) -> Visit:
        """The press, of this channel and no other: where the page is read says nothing about where the message goes."""
        visitor = await self._pseudonyms.of(request, page.applied.campaign.privacy, now=look.now)
        visit = visit_of(Met.INTENT, look.visit, page, look.channel, visitor, look.now)
        return visit._replace(channel=look.channel)


def _kit(look: Look, page: Page) -> pages.Kit:
    """Addresses on this page are relative, so that it works under whichever address it was opened."""
    campaign, door = page.applied.campaign, page.doors.get(Platform.TELEGRAM)
    named = campaign.share.channels if campaign.share else ()
    title = in_language(campaign.title, look.language)
    return pages.Kit(
        language=look.language,
        title=title,
        text=in_language(campaign.share.text, look.language) if campaign.share else title,
        links={channel: _link(look, page, channel) for channel in named or pages.CHANNELS if _opens(channel, look)},
        sheet=look.address(f"/r/{page.link.code}"),
        qr_png="kit/qr.png",
        qr_svg="kit/qr.svg",
        bot=door.to("") if door else None,
        told="kit/",
        other_languages=look.other_languages(),
    )


def _opens(channel: str, look: Look) -> bool:
    """Whether the channel can be shared through where the page is read: Messenger's app alone takes what is shared."""
    return channel != "messenger" or on_phone(look.request)


def _link(look: Look, page: Page, channel: str) -> str:
    """The channel's variant of the link."""
    return look.address(f"/r/{page.link.code}/{channel}")


def _file(page: Page, content: bytes, kind: str, suffix: str) -> web.Response:
    name = f"{page.applied.campaign.slug}-qr.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return web.Response(body=content, content_type=kind, headers=headers)


def _from_here(request: web.Request, base: URL) -> bool:
    """Whether a page of ours sent this, by the browser's own word: pages cannot set these headers."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") in {str(base.origin()), str(request.url.origin())}

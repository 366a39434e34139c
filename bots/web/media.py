"""`/media/NAME`: campaigns' pictures. A name never stands for another picture, so whoever has one may keep it."""

from collections import OrderedDict

from aiohttp import web

from core import media
from core.database import Database, DatabaseUnavailableError
from core.media import Medium

FOR_EVER = "public, max-age=31536000, immutable"
KEPT = 64
"""Pictures that each process remembers; a campaign has a handful."""


class Media:
    """Serves the pictures that are kept in the database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: OrderedDict[str, Medium] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """To be handed to the web application."""
        return [web.get("/media/{name}", self.answer)]

    async def answer(self, request: web.Request) -> web.Response:
        """The picture; 304 to whoever has it; 404 if there is none."""
        picture = await self._find(request.match_info["name"])
        if picture is None:
            raise web.HTTPNotFound(headers={"Cache-Control": "no-store"})
        tag = picture.name.partition(".")[0]
        headers = {"ETag": f'"{tag}"', "Cache-Control": FOR_EVER, "Cross-Origin-Resource-Policy": "cross-origin"}
        if any(each.value in (tag, "*") for each in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=picture.content, content_type=picture.kind, headers=headers)

    async def _find(self, name: str) -> Medium | None:
        if not (media.is_name(name) and media.kind_of(name) in media.PICTURES):
            return None
        if name not in self._known:
            try:
                async with self._db.read() as tx:
                    picture = await media.find(tx, name)
            except DatabaseUnavailableError as error:
                raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from error
            if picture is None:
                return None
            self._known[name] = picture
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(name)
        return self._known[name]

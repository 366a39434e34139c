"""Pictures, a film and posts for tests of the doors."""

from typing import Any

from core import media
from core.database import Database
from core.media import Medium, name_of
from tests.campaigns.pictures import drawing, film, saved
from tests.clock import FakeClock


def a_medium(which: int, kind: str = "image/png") -> Medium:
    content = film(640, 360, size=1000 + which) if kind == "video/mp4" else saved(drawing(40 + which, 30))
    name = name_of(content, "test", kind)
    return Medium(name=name, kind=kind, width=640, height=360, content=content)


PICTURE, SECOND, THIRD = (a_medium(which) for which in range(3))
FILM = a_medium(4, "video/mp4")


async def kept(db: Database, clock: FakeClock) -> None:
    """As after the campaign's file was applied."""
    async with db.begin() as tx:
        await media.keep(tx, [PICTURE, SECOND, THIRD, FILM], now=clock.now())


def content(*shown: Medium, text: str = "We open <soon>: https://lune.example", **more: Any) -> dict[str, Any]:
    """A post as the outbox has it."""
    names = [medium.name for medium in shown]
    usual = {"post": "teaser", "campaign": 1, "slug": "spring", "language": "en", "share": False}
    return {**usual, "text": text, "media": names, **more}

"""Pictures on the web: as they were kept, kept by whoever has them, and nothing else under that address."""

from collections.abc import AsyncIterator

import pytest

from core.database import Database
from tests.clock import FakeClock
from tests.web.sharing import PICTURE, PREVIEWS, Web, sharing

ADDRESS = f"/media/{PICTURE.name}"


@pytest.fixture
async def site(db: Database, clock: FakeClock) -> AsyncIterator[Web]:
    async with sharing(db, clock) as client:
        yield client


@pytest.mark.parametrize("agent", ["Mozilla/5.0", *PREVIEWS.values()])
async def test_a_picture_is_served_as_it_was_kept(site: Web, agent: str) -> None:
    for _ in range(2):  # once from the database, once from memory
        answer = await site.get(ADDRESS, headers={"User-Agent": agent})
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
        assert await answer.read() == PICTURE.content
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_whoever_has_it_is_not_sent_it_again(site: Web) -> None:
    tag = (await site.get(ADDRESS)).headers["ETag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = await site.get(ADDRESS, headers={"If-None-Match": known})
        assert (answer.status, await answer.read(), answer.headers["ETag"]) == (304, b"", tag)
    assert (await site.get(ADDRESS, headers={"If-None-Match": '"other"'})).status == 200


async def test_a_look_ahead_tells_how_large_it_is(site: Web) -> None:
    answer = await site.head(ADDRESS)
    assert (answer.status, await answer.read()) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(PICTURE.content))


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/card.png",
        f"/media/{'0' * 64}.png",
        f"{ADDRESS}x",
        ADDRESS.replace(".jpg", ".png"),
        "/media/%00",
        "/media/..%2f..%2fetc%2fpasswd",
        "/media/" + "a" * 5000,
    ],
)
async def test_there_is_nothing_else(site: Web, path: str) -> None:
    answer = await site.get(path)
    assert answer.status == 404
    assert "immutable" not in answer.headers.get("Cache-Control", "")

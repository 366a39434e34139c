"""Pictures and videos are kept once under their name, and come back as they were."""

import pytest

from core import media
from core.media import Medium, is_name, kind_of, name_of


def a_picture(original: bytes = b"one", *, content: bytes = b"\x00drawn\xff", kind: str = "image/jpeg") -> Medium:
    name = name_of(original, "card 1200x630", kind)
    return Medium(name=name, kind=kind, width=1200, height=630, content=content)


async def test_a_picture_comes_back_as_it_was_kept(db, clock):
    kept = [a_picture(), a_picture(b"two", kind="image/png", content=bytes(range(256)) * 1000)]
    async with db.begin() as tx:
        await media.keep(tx, kept, now=clock.now())
    async with db.read() as tx:
        assert [await media.find(tx, each.name) for each in kept] == kept
        assert await media.find(tx, name_of(b"three", "card 1200x630", "image/png")) is None


async def test_what_is_there_stays_as_it_is(db, clock):
    for content in (b"first", b"drawn by a later version of the library"):
        async with db.begin() as tx:
            await media.keep(tx, [a_picture(content=content), a_picture(content=content)], now=clock.now())
    async with db.read() as tx:
        found = await media.find(tx, a_picture().name)
    assert found is not None
    assert found.content == b"first"


def test_another_original_or_another_size_is_another_name():
    names = {
        name_of(b"one", "card 1200x630", "image/jpeg"),
        name_of(b"two", "card 1200x630", "image/jpeg"),
        name_of(b"one", "post 1600x1600", "image/jpeg"),
        name_of(b"one", "card 1200x630", "image/png"),
    }
    assert len(names) == 4
    assert all(is_name(name) for name in names)


def test_a_name_tells_the_type():
    assert [kind_of(a_picture(kind=kind).name) for kind in media.KINDS] == list(media.KINDS)


@pytest.mark.parametrize(
    "text", ["", "card.png", "../secret.png", "a" * 64, "A" * 64 + ".png", "a" * 64 + ".svg", "a" * 64 + ".png\n"]
)
def test_what_cannot_be_a_name_is_not_asked_for(text):
    assert not is_name(text)

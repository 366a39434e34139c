"""Pictures of a campaign file: a sound one is drawn anew for where it is shown, any other is refused in its place."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from pydantic_core import PydanticCustomError

from campaigns import Reading, read, read_text
from campaigns.apply import Change, Difference, What, apply
from campaigns.fitting import fit
from campaigns.pictures import CARD, POST
from core import media
from core.media import Medium
from tests.campaigns.corpus import written
from tests.campaigns.pictures import drawing, photo, saved
from tests.depth import times

CARD_LINE = "card: {title: Hello, text: Welcome, image: media/card.png}"
POSTS = "posts: [{id: teaser, text: Hello, at: 2026-12-02 09:00, in: [salon], image: media/card.png}]"


def reading(folder: Path, picture: bytes, lines: str = CARD_LINE) -> Reading:
    (folder / "media").mkdir(exist_ok=True)
    (folder / "media" / "card.png").write_bytes(picture)
    (folder / "c.yaml").write_text(written(lines))
    return read(folder / "c.yaml")


def said(found: Reading) -> list[str]:
    remarks = [str(finding).removeprefix(f"{found.path}:") for finding in found.findings]
    return [remark for remark in remarks if "not active yet" not in remark]


def opened(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(1200, 630), (600, 315), (4000, 2100)])
def test_a_card_is_1200_by_630_whatever_the_file(kind: str, size: tuple[int, int], tmp_path: Path) -> None:
    found = reading(tmp_path, saved(photo(*size), kind))
    assert said(found) == []
    (picture,) = found.media
    assert (picture.kind, picture.width, picture.height) == ("image/jpeg", 1200, 630)
    assert opened(picture.content).size == (1200, 630)
    assert len(picture.content) < 300_000
    assert found.campaign is not None
    assert found.campaign.card is not None
    assert (found.campaign.card.image, found.campaign.card.picture) == ("media/card.png", picture.name)


def test_even_noise_is_small_enough_for_whatsapp() -> None:
    assert len(fit(saved(photo(noise=1)), CARD, "x").medium.content) < 300_000


def test_a_drawing_of_few_colours_stays_sharp() -> None:
    made = fit(saved(drawing()), CARD, "x").medium
    assert made.kind == "image/png"
    assert opened(made.content).getcolors() == [(n, c) for n, c in drawing().getcolors() or []]


def test_nothing_that_was_beside_the_pixels_is_left() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x9286], exif[0x8825] = "Ana's phone", "at home", {1: "N", 2: (48.0, 51.0, 24.0)}
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for picture in (photo(), drawing()):
        for kind in ("PNG", "JPEG", "WEBP"):
            made = fit(saved(picture, kind, exif=exif.tobytes(), icc_profile=srgb), CARD, "x").medium
            assert b"Ana" not in made.content
            assert not opened(made.content).getexif()
            assert "icc_profile" not in opened(made.content).info


def test_a_picture_that_was_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter to the left
    sideways = Image.new("RGB", (630, 1200), "white")
    sideways.paste("black", (0, 0, 630, 600))  # above as it lies, on the right as it is seen
    made = fit(saved(sideways, "JPEG", exif=exif.tobytes()), CARD, "x")
    assert made.was == (1200, 630)
    shown = opened(made.medium.content).convert("L")
    assert shown.getpixel((1000, 300)) < 30 < 225 < shown.getpixel((200, 300))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
def test_every_kind_of_pixels_becomes_what_screens_show(mode: str) -> None:
    pixels = photo().convert("L" if mode == "I;16" else "RGB").convert(mode)
    made = fit(saved(pixels, "JPEG" if mode == "CMYK" else "PNG"), CARD, "x")
    assert opened(made.medium.content).mode == "RGB"


def test_what_was_transparent_is_white() -> None:
    for mode in ("RGBA", "LA"):
        made = fit(saved(Image.new(mode, (1200, 630))), CARD, "x").medium
        assert opened(made.content).getpixel((600, 300)) == (255, 255, 255)


def test_grey_of_16_bits_keeps_its_grey() -> None:
    made = fit(saved(Image.new("I;16", (1200, 630), 128 * 256)), CARD, "x").medium
    assert abs(opened(made.content).getpixel((600, 300))[0] - 128) < 3


def test_a_post_keeps_its_shape_and_is_never_enlarged(tmp_path: Path) -> None:
    for size, drawn in (((400, 300), (400, 300)), ((3200, 1600), (1600, 800)), ((100, 3200), (50, 1600))):
        found = reading(tmp_path, saved(photo(*size)), POSTS)
        assert said(found) == []
        (picture,) = found.media
        assert (picture.width, picture.height) == drawn == opened(picture.content).size
        assert found.campaign is not None
        assert found.campaign.posts[0].media == (picture.name,)


def test_one_file_in_two_places_is_two_pictures(tmp_path: Path) -> None:
    found = reading(tmp_path, saved(photo(1600, 1600)), f"{CARD_LINE}\n{POSTS}")
    assert sorted((each.width, each.height) for each in found.media) == [(1200, 630), (1600, 1600)]


PLACE = "1:44"


@pytest.mark.parametrize(
    ("picture", "remark"),
    [
        (b"", "error: 'image' is 'media/card.png', which is no picture we can read; save it as PNG, JPEG or WebP"),
        (b"GIF89a" + bytes(50), "error: 'image' is 'media/card.png', which is no picture we can read; save it as"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "error: 'image' is 'media/card.png', which is no picture we"),
        (saved(photo(), "JPEG")[:5000], "error: 'image' is 'media/card.png', a broken picture (image file is truncat"),
        (saved(photo())[:-5000], "error: 'image' is 'media/card.png', a broken picture ("),
        (bytes(10_000_001), "error: 'image' is 'media/card.png', of more than 10 MB; save it smaller"),
        (
            saved(Image.new("1", (10_000, 6_000))),
            "error: 'image' is 'media/card.png', of more than 50 million pixels; sc",
        ),
        (
            saved(Image.new("1", (20_000, 10_000))),
            "error: 'image' is 'media/card.png', of more than 50 million pixels; s",
        ),
        (
            saved(photo(599, 314)),
            "warning: 'image' is 'media/card.png' of 599 x 314, too small to look sharp; use one of 1200 x 630",
        ),
        (
            saved(photo(1200, 1200)),
            "warning: 'image' is 'media/card.png' of 1200 x 1200: 48% of it is cut off above and below; use one of",
        ),
        (saved(photo(2400, 630)), "warning: 'image' is 'media/card.png' of 2400 x 630: 50% of it is cut off at the s"),
    ],
)
def test_what_is_wrong_with_a_picture_is_said_at_its_place(picture: bytes, remark: str, tmp_path: Path) -> None:
    found = reading(tmp_path, picture)
    (line,) = said(found)
    assert line.startswith(f"{PLACE}: {remark}")
    assert (found.campaign is None) == (" error: " in line)
    assert (found.media == ()) == (found.campaign is None)


def test_a_broken_picture_is_said_beside_whatever_else_is_wrong(tmp_path: Path) -> None:
    found = reading(tmp_path, b"x", f"titel: x\n{CARD_LINE}")
    assert [finding.problem.split()[0] for finding in found.errors] == ["'titel'", "'image'"]


def test_a_picture_that_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "card.png").touch()
    (tmp_path / "c.yaml").write_text(written(CARD_LINE))
    monkeypatch.setattr("campaigns.media.Path.open", refuse)
    (error,) = read_text(written(CARD_LINE), folder=tmp_path).errors
    assert error.problem == "'image' is 'media/card.png', which cannot be read (Permission denied)"


_SOUND = [saved(photo(64, 48), kind) for kind in ("PNG", "JPEG", "WEBP")] + [saved(drawing(64, 48).quantize(4))]


@settings(max_examples=times(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(_SOUND),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 40), st.binary(max_size=8)), min_size=1, max_size=4),
)
def test_a_damaged_file_is_drawn_or_refused(picture: bytes, damage: list[tuple[int, int, bytes]]) -> None:
    for at, length, new in damage:
        picture = picture[:at] + new + picture[at + length :]
    try:
        made = fit(picture, POST, "x").medium
    except PydanticCustomError:
        return
    assert opened(made.content).size == (made.width, made.height)


async def test_applied_pictures_are_kept_and_a_changed_one_is_a_change(db, clock, tmp_path: Path) -> None:
    async def applied(picture: bytes) -> tuple[Change, Medium]:
        found = reading(tmp_path, picture)
        async with db.begin() as tx:
            [change] = await apply(tx, [found.campaign], found.media, now=clock.now())
        return change, found.media[0]

    change, before = await applied(saved(photo()))
    assert change.what is What.NEW
    change, _ = await applied(saved(photo()))
    assert change.what is What.UNCHANGED
    change, after = await applied(saved(drawing()))
    assert change.differences == (Difference("card.picture", before.name, after.name),)
    async with db.read() as tx:
        assert [await media.find(tx, each.name) for each in (before, after)] == [before, after]

"""Posts in a campaign file: one picture, a video or an album, and texts that their messengers take."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from campaigns import Reading, read, read_text
from campaigns.videos import _looked_at
from core.campaign.values import decode, encode
from tests.campaigns.corpus import written
from tests.campaigns.pictures import drawing, film, photo, saved
from tests.depth import times

FILM = "posts: [{id: teaser, text: Hello, at: 2026-12-02 09:00, video: media/teaser.mp4}]"
DISCORD = 'communities: [{id: salon, discord: "300000000000000001", channel: "300000000000000002"}]'


def reading(folder: Path, lines: str, **files: bytes) -> Reading:
    (folder / "media").mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / "media" / name.replace("_", ".")).write_bytes(content)
    (folder / "c.yaml").write_text(written(lines))
    return read(folder / "c.yaml")


def errors(found: Reading) -> list[str]:
    return [str(each).removeprefix(f"{found.path}:") for each in found.errors]


def test_a_video_is_kept_as_it_is_with_its_size(tmp_path: Path) -> None:
    found = reading(tmp_path, FILM, teaser_mp4=film(1280, 720))
    assert found.campaign is not None
    (video,) = found.media
    assert (video.kind, video.width, video.height) == ("video/mp4", 1280, 720)
    assert video.content == film(1280, 720)
    assert found.campaign.posts[0].media == (video.name,)
    assert video.name.endswith(".mp4")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "which is no MP4; save it as MP4 (H.264)"),
        (film(brand=b"qt  "), "which is no MP4"),
        (b"\x1aE\xdf\xa3" + bytes(200), "which is no MP4"),
        (saved(photo()), "which is no MP4"),
        (film()[:-1], "a broken MP4; export it once more"),
        (film()[:200], "a broken MP4; export it once more"),
        (film(0, 0), "an MP4 without a picture"),
        (film(size=10_000_000), "of more than 10 MB; save it smaller"),
    ],
)
def test_what_is_no_video_is_refused_in_its_place(content: bytes, said: str, tmp_path: Path) -> None:
    found = reading(tmp_path, FILM, teaser_mp4=content)
    (error,) = errors(found)
    assert error.startswith(f"1:64: error: 'video' is 'media/teaser.mp4', {said}")
    assert found.media == ()


def test_a_video_that_tells_where_it_was_taken_is_doubted(tmp_path: Path) -> None:
    found = reading(tmp_path, FILM, teaser_mp4=film(beside=b"\x00\x00\x00\x18\xa9xyz+48.85+002.35/"))
    assert [each.problem for each in found.warnings if "taken" in each.problem]
    assert found.campaign is not None


@settings(max_examples=times(200), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2400), st.integers(0, 20), st.binary(max_size=8)), min_size=1, max_size=4))
def test_a_damaged_video_is_taken_or_refused(damage: list[tuple[int, int, bytes]]) -> None:
    content = film()
    for at, length, new in damage:
        content = content[:at] + new + content[at + length :]
    try:
        made = _looked_at(content, "x").medium
    except PydanticCustomError:
        return
    assert made.content == content


def test_an_album_keeps_its_order_and_a_picture_twice_is_made_once(tmp_path: Path) -> None:
    lines = "posts: [{id: a, text: Hello, at: 2026-12-02 09:00, album: [media/b.png, media/a.png, media/b.png]}]"
    found = reading(tmp_path, lines, a_png=saved(photo()), b_png=saved(drawing()))
    assert found.campaign is not None
    first, second = found.media
    assert found.campaign.posts[0].media == (first.name, second.name, first.name)
    assert (first.kind, second.kind) == ("image/png", "image/jpeg")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("posts: [{id: a, text: Hi, image: a.png, album: [a.png, b.png]}]", "1:48: error: 'album' cannot stand beside"),
        ("posts: [{id: a, text: Hi, video: a.mp4, image: a.png}]", "1:34: error: 'video' cannot stand beside 'image'"),
        ("posts: [{id: a, text: Hi, album: [a.png]}]", "1:34: error: 'album' must have at least 2 items"),
        (f"posts: [{{id: a, text: Hi, album: [{', '.join(['a.png'] * 11)}]}}]", "1:34: error: 'album' must have at mo"),
        (
            f"posts: [{{id: a, exclusive: true, text: {'x' * 1025}, video: v.mp4}}]",
            "1:40: error: the text has 1025 char",
        ),
        (
            f"posts: [{{id: a, exclusive: true, text: {'🌹' * 513}, image: v.png}}]",
            "1:40: error: the text has 1026 char",
        ),
        (f"posts: [{{id: a, exclusive: true, text: {'🌹' * 2049}}}]", "1:40: error: the text has 4098 characters, and"),
        (
            f"posts: [{{id: a, exclusive: true, text: {{en: Hi, fr: {'x' * 1025}}}, image: v.png}}]",
            "1:53: error: the t",
        ),
    ],
)
def test_what_would_be_refused_by_a_messenger_is_refused_in_its_place(lines: str, said: str) -> None:
    (error,) = read_text(written(lines)).errors
    assert str(error).removeprefix("campaign.yaml:").startswith(said)


def test_discord_takes_longer_texts_and_so_do_posts_that_are_not_on_telegram() -> None:
    lines = f"posts: [{{id: a, exclusive: true, text: {'x' * 3999}, image: v.png}}]\n{DISCORD}"
    assert read_text(written(lines)).errors == []
    both = 'communities: [{id: salon, telegram: -1001000000001}, {id: atelier, discord: "300000000000000001"}]'
    there = f"posts: [{{id: a, at: 2026-12-02 09:00, in: [atelier], text: {'x' * 3999}, image: v.png}}]\n{both}"
    assert read_text(written(there)).errors == []


def test_a_community_has_a_language_of_its_own_or_the_titles_first() -> None:
    lines = """title: {fr: Bonjour, en: Hello}
communities:
- {id: salon, telegram: -1001000000001, language: pt-BR}
- {id: cercle, telegram: -1001000000002}"""
    campaign = read_text(written(lines)).campaign
    assert campaign is not None
    stored = decode(encode(campaign))
    assert [stored.spoken_in(name) for name in ("salon", "cercle")] == ["pt-BR", "fr"]
    alike = read_text(written("title: Hello")).campaign
    assert alike is not None
    assert alike.spoken_in("salon") == "en"

"""QR codes: what is drawn is the code, with the margin that readers need."""

import re
import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
import segno

from bots.web.pages import qr_png, qr_svg

LINKS = [
    "https://sayso.example/r/aB3dE6gH9kM/qr",
    "https://t.me/lune_bot?start=aB3dE6gH9kM",
    "HTTPS://A.EXAMPLE",
    "é & <b>",
]
QUIET = 4


def expected(link: str) -> list[list[int]]:
    """The modules, dark as 1, with the margin around them."""
    return [list(row) for row in segno.make_qr(link, error="m").matrix_iter(border=QUIET)]


def drawn(svg: str) -> list[list[int]]:
    """The modules along which the SVG draws its lines."""
    root = ElementTree.fromstring(svg)
    size = int(root.attrib["viewBox"].split()[2])
    (path,) = (each for each in root if each.attrib.get("stroke") == "#000")
    rows, x, y = [[0] * size for _ in range(size)], 0.0, 0.0
    for step, numbers in re.findall(r"([Mmh])([-\d. ]+)", path.attrib["d"]):
        along, *down = (float(each) for each in numbers.split())
        if step == "h":
            rows[int(y)][int(x) : int(x + along)] = [1] * int(along)
        x, y = (along, down[0]) if step == "M" else (x + along, y + (down[0] if down else 0))
    return rows


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at = 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def pixels(png: bytes) -> list[list[int]]:
    """Dark as 1; a picture of one bit a pixel."""
    parts = dict(chunks(png))
    width, height, depth, colours = struct.unpack_from(">IIBB", parts[b"IHDR"])
    assert (depth, colours) == (1, 0)
    flat, line = zlib.decompress(parts[b"IDAT"]), (width + 7) // 8 + 1
    rows, above = list[list[int]](), bytes(line - 1)
    for at in range(0, height * line, line):
        kind, row = flat[at], flat[at + 1 : at + line]
        assert kind in (0, 2)  # as it is, or what is added to the line above
        above = bytes((one + other) % 256 for one, other in zip(row, above, strict=True)) if kind else row
        rows.append([1 - (above[x // 8] >> (7 - x % 8) & 1) for x in range(width)])
    return rows


@pytest.mark.parametrize("link", LINKS)
def test_the_svg_draws_the_code(link: str) -> None:
    assert drawn(qr_svg(link)) == expected(link)


@pytest.mark.parametrize("link", LINKS)
def test_the_png_shows_the_code(link: str) -> None:
    scale = 3
    picture = pixels(qr_png(link, scale=scale))
    assert [row[::scale] for row in picture[::scale]] == expected(link)
    assert all(row == picture[at - at % scale] for at, row in enumerate(picture))


def test_the_svg_is_dark_on_white_and_brings_no_style() -> None:
    svg = qr_svg(LINKS[0])
    assert 'fill="#fff"' in svg
    assert "style" not in svg
    assert "class" not in svg
    assert "xmlns" not in svg
    assert len(svg) < 3000


def test_the_png_is_sharp_and_light() -> None:
    assert len(qr_png(LINKS[0])) < 3000
    width, _ = struct.unpack_from(">II", dict(chunks(qr_png(LINKS[0])))[b"IHDR"])
    assert width > 500

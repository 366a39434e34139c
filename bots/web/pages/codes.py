"""A link as a picture that a phone's camera reads."""

from functools import lru_cache
from io import BytesIO

import segno

QUIET = 4
"""The empty margin that readers need, in modules."""

SCALE = 16
"""A module in pixels: about 600 pixels for a link, sharp on a poster."""


@lru_cache(maxsize=1024)
def qr_svg(link: str) -> str:
    """The QR code as an SVG element: dark on white with its margin, as large as its surroundings."""
    return _code(link).svg_inline(border=QUIET, omitsize=True, light="#fff", svgclass=None, lineclass=None)


@lru_cache(maxsize=128)
def qr_svg_file(link: str) -> bytes:
    """The QR code as an SVG file, which printers and drawing programs read."""
    file = BytesIO()
    _code(link).save(file, kind="svg", scale=SCALE, border=QUIET, light="#fff", svgclass=None, lineclass=None)
    return file.getvalue()


@lru_cache(maxsize=128)
def qr_png(link: str, *, scale: int = SCALE) -> bytes:
    """The QR code as a PNG file."""
    file = BytesIO()
    _code(link).save(file, kind="png", scale=scale, border=QUIET)
    return file.getvalue()


def _code(link: str) -> segno.QRCode:
    return segno.make_qr(link, error="m")

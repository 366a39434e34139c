"""Pictures to put beside campaign files."""

import struct
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw


def photo(width: int = 1200, height: int = 630, *, noise: int = 0) -> Image.Image:
    """Many colours, as in a photo; with `noise`, as hard to compress as can be."""
    if noise:
        return Image.frombytes("RGB", (width, height), Random(noise).randbytes(width * height * 3))
    across, down = (
        Image.linear_gradient("L").resize((width, height)),
        Image.radial_gradient("L").resize((width, height)),
    )
    return Image.merge("RGB", (across, down, across.rotate(180)))


def drawing(width: int = 1200, height: int = 630) -> Image.Image:
    """Few colours, as in a logo."""
    made = Image.new("RGB", (width, height), "#f3d9b1")
    ImageDraw.Draw(made).ellipse([width // 4, height // 4, width // 2, height // 2], fill="#9c5a2d")
    return made


def saved(picture: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    """The picture as a file."""
    file = BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def film(
    width: int = 640, height: int = 360, *, brand: bytes = b"isom", beside: bytes = b"", size: int = 2000
) -> bytes:
    """An MP4 as far as its boxes go; nobody could play it."""
    header = bytes(76) + struct.pack(">II", width << 16, height << 16)
    heard = _box(b"trak", _box(b"tkhd", bytes(84)))
    moov = _box(b"moov", _box(b"mvhd", bytes(100)) + heard + _box(b"trak", _box(b"tkhd", header)) + beside)
    return _box(b"ftyp", brand + bytes(4) + brand) + moov + _box(b"mdat", bytes(size))


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content

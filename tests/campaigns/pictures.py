"""Pictures to put beside campaign files."""

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

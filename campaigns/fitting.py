"""Drawing pictures anew at the size in which they are shown: nothing but what is seen is left of the original.

Loads the library that reads pictures, so it is imported only where a file names one.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO

from PIL import Image, ImageCms, ImageOps
from pydantic_core import PydanticCustomError

from campaigns.context import Fitted, wrong
from campaigns.pictures import Frame
from core.media import Medium, name_of

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 50_000_000

_QUALITIES = (88, 80, 70, 55, 40, 25, 10)
_FEW_COLORS = 256
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)
"""What the library raises for broken files."""


def fit(original: bytes, frame: Frame, called: str) -> Fitted:
    """The picture as the frame wants it. `called` is how a refusal names it; what is no sound picture is refused."""
    with _opened(original, called) as picture:
        upright = _as_seen(picture)
        drawn = _placed(upright, frame)
        kind, content = _written(drawn, frame.at_most, flat=upright.getcolors(_FEW_COLORS) is not None)
    name = name_of(original, frame.recipe, kind)
    made = Medium(name=name, kind=kind, width=drawn.width, height=drawn.height, content=content)
    return Fitted(made, upright.size)


def _placed(picture: Image.Image, frame: Frame) -> Image.Image:
    """Its middle, as large as the frame; or all of it, at most as large as the frame."""
    size = (frame.width, frame.height)
    if frame.crop:
        return ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    if picture.width > frame.width or picture.height > frame.height:
        return ImageOps.contain(picture, size, Image.Resampling.LANCZOS)
    return picture


@contextmanager
def _opened(original: bytes, called: str) -> Iterator[Image.Image]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd files: they are read, or refused here
        try:
            picture = Image.open(BytesIO(original), formats=FORMATS)
        except Image.DecompressionBombError:
            raise _too_large(called) from None
        except _BROKEN:
            raise wrong(f"is {called}, which is no picture we can read", "save it as PNG, JPEG or WebP") from None
        if picture.width * picture.height > MOST_PIXELS:
            raise _too_large(called)
        try:
            picture.load()
            yield picture
        except _BROKEN as error:
            raise wrong(f"is {called}, a broken picture ({error})", "export it once more") from error


def _too_large(called: str) -> PydanticCustomError:
    return wrong(f"is {called}, of more than {MOST_PIXELS // 1_000_000} million pixels", "scale it down")


def _as_seen(picture: Image.Image) -> Image.Image:
    """Upright, on white where it was transparent, and in the colours that every screen knows."""
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I;16") or upright.mode in ("I", "F"):  # 16 bits of grey
        upright = upright.convert("I").point(lambda grey: grey / 256).convert("L")
    if upright.has_transparency_data:
        above = upright.convert("RGBA")
        upright = Image.new("RGBA", above.size, "white")
        upright.alpha_composite(above)
        return upright.convert("RGB")
    if profile and upright.mode in ("RGB", "CMYK", "L"):
        with suppress(ImageCms.PyCMSError, OSError, TypeError, ValueError):
            known = ImageCms.ImageCmsProfile(BytesIO(profile))
            made = ImageCms.profileToProfile(upright, known, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return made or upright.convert("RGB")
    return upright.convert("RGB")


def _written(picture: Image.Image, at_most: int, *, flat: bool) -> tuple[str, bytes]:
    """A drawing of few colours as PNG, which keeps its edges sharp; else JPEG, as good as it may be."""
    if flat:
        content = _saved(picture, "PNG", optimize=True)
        if len(content) <= at_most:
            return "image/png", content
    for quality in _QUALITIES:
        content = _saved(picture, "JPEG", quality=quality, optimize=True, progressive=True)
        if len(content) <= at_most:
            break
    return "image/jpeg", content


def _saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    file = BytesIO()
    picture.info.clear()  # else what was beside the original's pixels is written again
    picture.save(file, kind, **how)
    return file.getvalue()

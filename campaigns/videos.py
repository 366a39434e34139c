"""The videos that a campaign file names: MP4 by what is in them, whatever they are called; sent as they are."""

import struct
from collections.abc import Iterator
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, ValidationInfo

from campaigns import media
from campaigns.context import Fitted, context, doubt, shown, wrong
from campaigns.places import File
from core.media import Medium, name_of

MP4 = "video/mp4"

_BRANDS = (b"iso", b"mp4", b"avc1", b"dash", b"M4V", b"MSNV", b"hvc1")
"""What the brands of MP4 files begin with; QuickTime's own is another format."""

_PLACE = b"\xa9xyz"
"""Where it was taken, as cameras write it."""


def _video(path: str, info: ValidationInfo) -> str:
    """Each is looked at once in a reading of its file."""
    folder, known = context(info).folder, context(info).media
    if folder is None:
        return path
    if (media.VIDEO, path) not in known:
        content = media.content_of(folder / path, path)
        known[media.VIDEO, path] = _looked_at(content, path)
    if _PLACE in known[media.VIDEO, path].medium.content:
        doubt(info, f"is {shown(path)}, which tells where it was taken", "export it without its location")
    return path


def _looked_at(content: bytes, path: str) -> Fitted:
    boxes = dict(_boxes(content))
    brand = boxes.get(b"ftyp", b"")[:4]
    if not brand.startswith(_BRANDS):
        raise wrong(f"is {shown(path)}, which is no MP4", "save it as MP4 (H.264)")
    if b"moov" not in boxes or b"mdat" not in boxes:
        raise wrong(f"is {shown(path)}, a broken MP4", "export it once more")
    width, height = max(_sizes(boxes[b"moov"]), default=(0, 0))
    if not width or not height:
        raise wrong(f"is {shown(path)}, an MP4 without a picture", "export it once more, as a video")
    name = name_of(content, media.VIDEO, MP4)
    return Fitted(Medium(name=name, kind=MP4, width=width, height=height, content=content), (width, height))


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """What an MP4 is made of, by name; what is cut off is left out."""
    at = 0
    while at + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1 and at + 16 <= len(content):
            (size,) = struct.unpack_from(">Q", content, at + 8)
            head = 16
        size = size or len(content) - at  # 0: to the end
        if size < head or at + size > len(content):
            return
        yield name, content[at + head : at + size]
        at += size


def _sizes(moov: bytes) -> Iterator[tuple[int, int]]:
    """How large each track is shown; those that are only heard have no size."""
    for name, track in _boxes(moov):
        header = dict(_boxes(track)).get(b"tkhd", b"") if name == b"trak" else b""
        if len(header) >= 84:
            width, height = struct.unpack(">II", header[-8:])
            yield width >> 16, height >> 16


Video: TypeAlias = Annotated[File, AfterValidator(_video)]

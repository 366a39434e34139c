"""Campaigns' pictures and videos, kept in the database so that every process can serve and send them.

A medium is named after what it was made of, so a name never stands for anything else, and may be cached for ever.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, delete, select

from core.database import Conflict, Tx, insert_new, insert_rows, rows_among, rows_of, table_of
from core.media.table import MediumRow, UploadRow

PICTURES = {"image/jpeg": "jpg", "image/png": "png"}
KINDS = {**PICTURES, "video/mp4": "mp4"}
"""The types of media, and what their names end in."""

_MEDIUM = table_of(MediumRow)
_NAMES = select(_MEDIUM.c.name)
_UPLOAD = table_of(UploadRow)
_UPLOADS = select(_UPLOAD.c.name, _UPLOAD.c.reference).where(_UPLOAD.c.place == bindparam("of_place"))
_NAME = re.compile(f"[0-9a-f]{{64}}\\.({'|'.join(KINDS.values())})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """A picture or a video as it is served and sent. `kind` is its type, one of `KINDS`."""

    name: str
    kind: str
    width: int
    height: int
    content: bytes


def name_of(original: bytes, recipe: str, kind: str) -> str:
    """The name of what this recipe makes of the original.

    It does not depend on the result: other versions of the library that draws it may give other bytes, and a campaign
    must not be another one for that.
    """
    made_of = sha256(recipe.encode() + b"\0" + original)
    return f"{made_of.hexdigest()}.{KINDS[kind]}"


def is_name(text: str) -> bool:
    """Whether this could be a medium's name at all."""
    return _NAME.fullmatch(text) is not None


def kind_of(name: str) -> str:
    """The type of the medium with this name."""
    ending = name.rpartition(".")[2]
    return next(kind for kind, its in KINDS.items() if its == ending)


async def keep(tx: Tx, media: Iterable[Medium], *, now: datetime) -> None:
    """Keep the media that are not there yet."""
    wanted = {medium.name: medium for medium in media}
    for row in await rows_among(tx, _NAMES, _MEDIUM.c.name, wanted.keys()):
        del wanted[row.name]
    rows = [
        {
            "name": name,
            "kind": medium.kind,
            "width": medium.width,
            "height": medium.height,
            "content": medium.content,
            "kept_at": now,
        }
        for name, medium in wanted.items()
    ]
    await insert_new(tx, _MEDIUM, rows)


async def find(tx: Tx, name: str) -> Medium | None:
    """The medium with this name."""
    for row in await rows_of(tx, select(_MEDIUM).where(_MEDIUM.c.name == name)):
        return Medium(name=name, kind=row.kind, width=row.width, height=row.height, content=bytes(row.content))
    return None


async def uploaded(tx: Tx, place: str, names: Iterable[str]) -> dict[str, str]:
    """What those of these media that were uploaded there already are called at that place."""
    rows = await rows_among(tx, _UPLOADS, _UPLOAD.c.name, set(names), of_place=place)
    return {row.name: row.reference for row in rows}


async def keep_uploads(tx: Tx, place: str, references: Mapping[str, str], *, now: datetime) -> None:
    """Keep what these media are called at that place, so that they need not be uploaded there again."""
    rows = [(place, name, reference, now) for name, reference in sorted(references.items())]
    names = ("place", "name", "reference", "sent_at")
    await insert_rows(tx, _UPLOAD, names, rows, conflict=Conflict.REPLACE, key=("place", "name"))


async def forget_uploads(tx: Tx, place: str, names: Iterable[str]) -> None:
    """The place knows these no more."""
    for name in sorted(set(names)):
        await tx.execute(delete(_UPLOAD).where(_UPLOAD.c.place == place, _UPLOAD.c.name == name))

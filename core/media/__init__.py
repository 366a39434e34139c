"""Campaigns' pictures, kept in the database so that every process can serve and send them.

A picture is named after what it was made of, so a name never stands for anything else, and may be cached for ever.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from core.database import Tx, insert_new, rows_among, rows_of, table_of
from core.media.table import PictureRow

KINDS = {"image/jpeg": "jpg", "image/png": "png"}
"""The types of pictures, and what their names end in."""

_PICTURE = table_of(PictureRow)
_NAMES = select(_PICTURE.c.name)
_NAME = re.compile(f"[0-9a-f]{{64}}\\.({'|'.join(KINDS.values())})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as it is served. `kind` is its type, one of `KINDS`."""

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
    """Whether this could be a picture's name at all."""
    return _NAME.fullmatch(text) is not None


def kind_of(name: str) -> str:
    """The type of the picture with this name."""
    ending = name.rpartition(".")[2]
    return next(kind for kind, its in KINDS.items() if its == ending)


async def keep(tx: Tx, pictures: Iterable[Picture], *, now: datetime) -> None:
    """Keep the pictures that are not there yet."""
    wanted = {picture.name: picture for picture in pictures}
    for row in await rows_among(tx, _NAMES, _PICTURE.c.name, wanted.keys()):
        del wanted[row.name]
    rows = [
        {
            "name": name,
            "kind": picture.kind,
            "width": picture.width,
            "height": picture.height,
            "content": picture.content,
            "kept_at": now,
        }
        for name, picture in wanted.items()
    ]
    await insert_new(tx, _PICTURE, rows)


async def find(tx: Tx, name: str) -> Picture | None:
    """The picture with this name."""
    for row in await rows_of(tx, select(_PICTURE).where(_PICTURE.c.name == name)):
        return Picture(name=name, kind=row.kind, width=row.width, height=row.height, content=bytes(row.content))
    return None

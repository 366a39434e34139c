"""Long lists in pieces. A cursor says after which line to go on, so lines that are added move nobody's place.

To others it is opaque: what is in it may change with any version.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bots.web.api.problems import UNKNOWN_CURSOR, ProblemError

MOST = 200
USUAL = 50

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Number = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class Piece(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which piece of a list is wanted."""

    limit: Annotated[int, Meta(ge=1, le=MOST, description="How many lines at most.")] = USUAL
    cursor: (
        Annotated[
            str,
            Meta(
                pattern="^[A-Za-z0-9_-]+$",
                max_length=200,
                description="Where to go on, as the piece before gave it in `next`. Left out: at the beginning.",
            ),
        ]
        | UnsetType
    ) = UNSET


def next_address(path: str, piece: Piece, place: tuple[int, ...]) -> str:
    """Where what follows `place` can be had."""
    cursor = urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")
    return f"{path}?{urlencode({'limit': piece.limit, 'cursor': cursor})}"


def place_in(piece: Piece, kind: Any) -> Any:
    """The place to go on after, a tuple of this kind; None for the beginning. Raises ProblemError."""
    if piece.cursor is UNSET:
        return None
    try:
        padded = piece.cursor + "=" * (-len(piece.cursor) % 4)
        return msgspec.json.decode(urlsafe_b64decode(padded), type=kind)
    except (ValueError, msgspec.MsgspecError) as error:
        raise ProblemError(
            UNKNOWN_CURSOR, "this list gave out no such cursor; start without one, and take each from `next`"
        ) from error

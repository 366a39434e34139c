"""Who counts as the same visitor, and what counts as the same visit. Pure."""

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

AGAIN = timedelta(hours=1)
"""Clicks of one visitor on one link within the same hour of the clock count once."""

STORM = timedelta(minutes=1)
"""Previews of one link by one app's servers within the same minute are one share seen; so are presses of one button."""

TYPING = timedelta(minutes=10)
"""On some apps the sender's own device fetches the preview, again and again while they type."""

FETCHED_BY_SENDER = frozenset({"whatsapp", "signal", "imessage", "viber"})


class Met(StrEnum):
    """How somebody, or something, met a link on the web."""

    CLICK = "click"  # a person, as far as the request tells: a candidate, to be confirmed by what follows
    UNFURL = "unfurl"  # an app fetched the preview: a share seen, never a touch
    INTENT = "intent"  # somebody pressed a channel's button in the share kit


class Visit(NamedTuple):
    """One request for a link, or one press in its share kit.

    `visitor` hides who it was; None where they asked not to be recognised.
    `number` is any number that no other visit of the same second has. `guessed`: the link itself names no channel, and
    `channel` is only where it seems to have been met.
    """

    met: Met
    code: str
    campaign_id: int
    advocate_id: int
    at: datetime
    channel: str | None
    app: str | None
    visitor: str | None
    number: int
    guessed: bool = False


def pseudonym(salt: bytes, *, address: str, agent: str, language: str) -> str:
    """The same for the same visitor under the same salt, and of no use without it."""
    told = f"{address}\0{agent}\0{language}".encode(errors="replace")
    return urlsafe_b64encode(blake2b(told, key=salt, digest_size=12).digest()).decode()


def key(visit: Visit) -> str:
    """The visit's name in the journal: what counts once has the same one.

    The time comes first: keys that are written together then lie together in the index, however long the journal is.
    """
    link = f"{visit.code}/{visit.channel or '-'}"
    if visit.met is Met.CLICK and visit.visitor is not None:
        return f"click/{_turn(visit.at, _AGAIN)}/{visit.code}/{visit.visitor}"
    if visit.met is Met.UNFURL and visit.app in FETCHED_BY_SENDER:
        return f"unfurl/{_turn(visit.at, _TYPING)}/{link}/{visit.app}/{visit.visitor or '-'}"
    if visit.met is Met.UNFURL:
        return f"unfurl/{_turn(visit.at, _STORM)}/{link}/{visit.app or '-'}"
    if visit.met is Met.INTENT and visit.visitor is not None:
        return f"intent/{_turn(visit.at, _STORM)}/{link}/{visit.visitor}"
    return f"{visit.met}/{visit.at.timestamp():.0f}/{link}/-/{visit.number}"


_AGAIN, _STORM, _TYPING = (int(each.total_seconds()) for each in (AGAIN, STORM, TYPING))


def _turn(at: datetime, seconds: int) -> int:
    return int(at.timestamp()) // seconds

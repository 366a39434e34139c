"""What each page shows. Texts are in the page's language already; nothing here is escaped, and every name is raw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture. `address` is absolute, since previews take nothing else."""

    address: str
    alt: str = ""
    type: str | None = None  # such as image/png
    width: int = 1200
    height: int = 630


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a private chat shows of the link. Holds nothing about the advocate."""

    language: str
    title: str  # the campaign file's card, else the campaign's title
    text: str
    address: str  # the link that was asked for, variant and all: fetchers ask again at this one
    site: str  # the brand's or the campaign's name
    image: Image | None = None
    other_languages: Sequence[str] = ()  # the codes that the same address can be had in


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLanguage:
    """The same page in another language."""

    language: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere to come in."""

    app: Literal["telegram", "discord"]
    address: str
    name: str | None = None  # what the community calls itself, where there are several


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """The page that a friend meets."""

    language: str
    title: str
    text: str
    places: Sequence[Place]  # the best one first; empty says that the door is closed just now
    advocate: str | None = None  # the first name as the advocate wrote it, or nothing
    terms: str | None = None
    scan: str | None = None  # what the QR code beside the buttons says; left out on phones
    own_link: str | None = None  # where a visitor gets a link of their own
    own_link_by: Literal["telegram", "discord"] = "telegram"  # on Discord it is asked for inside the server
    card: Card | None = None  # for fetchers that were not known as such; its image is shown to people, too
    other_languages: Sequence[OtherLanguage] = ()


class Why(StrEnum):
    """What is wrong with a link."""

    UNKNOWN = "unknown"
    REVOKED = "revoked"
    ENDED = "ended"
    NOT_STARTED = "not_started"
    PAUSED = "paused"

    @property
    def status(self) -> HTTPStatus:
        """What the page is answered with."""
        match self:
            case Why.UNKNOWN:
                return HTTPStatus.NOT_FOUND
            case Why.REVOKED | Why.ENDED:
                return HTTPStatus.GONE
        return HTTPStatus.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The page for a link that leads nowhere, or not now."""

    language: str
    why: Why
    title: str | None = None  # the campaign's, where there is one
    when: str | None = None  # NOT_STARTED: the moment it opens, in words
    bot: str | None = None  # where to see what else there is
    other_languages: Sequence[OtherLanguage] = ()


class Hurdle(StrEnum):
    """What stands between somebody and the place they are on their way to."""

    DECLINED = "declined"
    EXPIRED = "expired"
    USED = "used"
    FORGED = "forged"
    OTHER_BROWSER = "other_browser"
    AWAY = "away"
    BANNED = "banned"
    TOO_MANY = "too_many"
    FULL = "full"
    SHUT = "shut"
    BUSY = "busy"

    @property
    def status(self) -> HTTPStatus:
        """What the page is answered with."""
        match self:
            case Hurdle.DECLINED:
                return HTTPStatus.OK
            case Hurdle.BANNED | Hurdle.TOO_MANY | Hurdle.FULL:
                return HTTPStatus.FORBIDDEN
            case Hurdle.AWAY | Hurdle.SHUT | Hurdle.BUSY:
                return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.BAD_REQUEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """The page for somebody who is on their way in, and stopped."""

    language: str
    hurdle: Hurdle
    title: str | None = None  # the campaign's, where it is known
    again: str | None = None  # where they start anew
    inside: str | None = None  # where they may be already
    other_languages: Sequence[OtherLanguage] = ()  # left out where the address works only once


class Step(StrEnum):
    """How far two accounts are on their way to be one person."""

    NOBODY = "nobody"  # for machines, which are told nothing
    WAYS = "ways"
    CONFIRM = "confirm"
    DONE = "done"
    OVER = "over"  # the code is wrong, used, or too old
    REFUSED = "refused"

    @property
    def status(self) -> HTTPStatus:
        """What the page is answered with."""
        match self:
            case Step.OVER:
                return HTTPStatus.NOT_FOUND
            case Step.REFUSED:
                return HTTPStatus.CONFLICT
        return HTTPStatus.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """The page that joins two accounts of one person."""

    language: str
    step: Step
    name: str | None = None  # the first name of whoever made the code, as they wrote it
    app: str | None = None  # where
    telegram: str | None = None  # the ways to go on
    discord: str | None = None
    typed: str | None = None  # the code, to be typed on Discord
    other: str | None = None  # CONFIRM: the account that was proved just now
    other_app: str | None = None
    to: str | None = None  # where the yes goes, with `proof`
    proof: str | None = None
    refusal: str | None = None
    other_languages: Sequence[OtherLanguage] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """The advocate's share kit: a way to share for each channel, in the order of `links`."""

    language: str
    title: str  # the campaign's
    text: str  # what is sent; {link} is where the link goes
    links: Mapping[str, str]  # channel: that channel's variant of the link
    sheet: str  # the link that the phone's own share sheet is given
    qr_png: str | None = None  # where the pictures of links["qr"] can be had, as attachments
    qr_svg: str | None = None
    bot: str | None = None  # where to see who came
    told: str | None = None  # POST here + channel says that a button was used; left out: nobody is told
    other_languages: Sequence[OtherLanguage] = ()

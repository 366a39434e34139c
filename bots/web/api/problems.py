"""What can go wrong, as RFC 9457 describes it: a kind that programs go by, and a detail for whoever reads it."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from aiohttp import web

CONTENT_TYPE = "application/problem+json"
EXPLAINED_AT = "/api/docs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of problem: what all of them have in common."""

    name: str  # ends its `type`; never changes
    status: int
    title: str
    means: str  # what it is, and what to do, for the description


NO_KEY = Kind(
    name="no-key",
    status=401,
    title="No valid key",
    means="There is no key, it is wrong, or it was revoked. Send `Authorization: Bearer KEY`, with a key made by"
    " `sayso keys create`.",
)
READ_ONLY = Kind(
    name="read-only-key",
    status=403,
    title="This key only reads",
    means="The key is good, but may not report anything. Use one that was made to write.",
)
UNKNOWN_CAMPAIGN = Kind(
    name="unknown-campaign",
    status=404,
    title="No such campaign",
    means="No campaign that this key may see has this id. `GET /api/v1/campaigns` lists those it may.",
)
UNKNOWN_CODE = Kind(
    name="unknown-code",
    status=404,
    title="No such code",
    means="No link that this key may see has this code. It is what stands behind `/r/` in the link.",
)
UNKNOWN_MEMBER = Kind(
    name="unknown-member",
    status=404,
    title="No such member",
    means="Nobody has this number, or this account has never met Sayso.",
)
UNKNOWN_CURSOR = Kind(
    name="unknown-cursor",
    status=404,
    title="No such place in the list",
    means="The cursor is not one that this list gave out. Start again without it.",
)
NOT_FOUND = Kind(
    name="not-found",
    status=404,
    title="No such address",
    means="Nothing is at this address. `/api/v1/openapi.json` lists all that there are.",
)
NOT_ALLOWED = Kind(
    name="method-not-allowed",
    status=405,
    title="Not with this method",
    means="The address is there, but not for this method. The header `Allow` names those that it has.",
)
TOO_SLOW = Kind(
    name="too-slow",
    status=408,
    title="The request took too long",
    means="The request's content did not arrive in time. Send it again.",
)
CONFLICT = Kind(
    name="conflict",
    status=409,
    title="Reported before, and differently",
    means="What has this `id` was reported with another content, which stands. Give each conversion its own `id`.",
)
TOO_LARGE = Kind(
    name="too-large",
    status=413,
    title="Too large",
    means="The content is larger than anything that is wanted here. Send one conversion at a time.",
)
NOT_JSON = Kind(
    name="not-json",
    status=415,
    title="Not JSON",
    means="The content says that it is something else than JSON. Send `Content-Type: application/json`.",
)
BROKEN_JSON = Kind(
    name="broken-json",
    status=400,
    title="JSON that cannot be read",
    means="The content is not well-formed JSON in UTF-8.",
)
INVALID = Kind(
    name="invalid",
    status=422,
    title="Not as described",
    means="A value is missing, not known, or not as it is described here. The detail says which.",
)
WHICH_CAMPAIGN = Kind(
    name="which-campaign",
    status=409,
    title="It is not clear which campaign",
    means="The member could be in several campaigns. Say which is meant, in `campaign`.",
)
TOO_MANY = Kind(
    name="too-many",
    status=429,
    title="Too many requests",
    means="Wait as many seconds as `Retry-After` says.",
)
BROKEN = Kind(
    name="broken",
    status=500,
    title="A fault of Sayso's",
    means="Something is wrong with Sayso itself; its log says what. Trying again does not help.",
)
BUSY = Kind(
    name="busy",
    status=503,
    title="Not now",
    means="The database does not answer in time. Try again after as many seconds as `Retry-After` says.",
)

EVERY = (
    BROKEN_JSON,
    NO_KEY,
    READ_ONLY,
    UNKNOWN_CAMPAIGN,
    UNKNOWN_CODE,
    UNKNOWN_MEMBER,
    UNKNOWN_CURSOR,
    NOT_FOUND,
    NOT_ALLOWED,
    TOO_SLOW,
    CONFLICT,
    TOO_LARGE,
    NOT_JSON,
    INVALID,
    WHICH_CAMPAIGN,
    TOO_MANY,
    BROKEN,
    BUSY,
)


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong (RFC 9457). `type` says which kind, and never changes; `detail` is for people, and may."""

    type: str
    title: str
    status: int
    detail: str


class ProblemError(Exception):
    """Ends a request: `detail` says what is wrong, and what to do. Never holds a secret."""

    def __init__(self, kind: Kind, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.headers = kind, detail, dict(headers or {})

    def answer(self) -> web.Response:
        """As it is sent."""
        details = ProblemDetails(
            type=type_of(self.kind), title=self.kind.title, status=self.kind.status, detail=self.detail
        )
        return web.Response(
            body=msgspec.json.encode(details),
            status=self.kind.status,
            headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store", **self.headers},
        )


def type_of(kind: Kind) -> str:
    """The address that names the kind, and explains it."""
    return f"{EXPLAINED_AT}#{kind.name}"

"""The brand's shop reports that somebody did what it wants."""

import re
from decimal import Decimal
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Raw

from bots.web.api.operations import Told
from bots.web.api.problems import INVALID, UNKNOWN_CAMPAIGN, ProblemError
from bots.web.api.shapes import CampaignId, Time
from core import campaign as campaigns
from core import intake
from core.campaign import Applied
from core.conversions import Converted
from core.database import Tx

LARGEST = 999_999_999_999
FINEST = Decimal("0.0001")
"""No currency has smaller parts: what is finer is left behind by floating-point sums, and rounded away."""

_NUMBER = re.compile(rb'[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?|"[0-9]{1,12}(\.[0-9]{1,4})?"')
_LONGEST = 60
_VALUE = Meta(
    description="What it was worth: a number, or the same as a text. Kept with four decimals.",
    extra_json_schema={
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": LARGEST},
            {"type": "string", "pattern": "^[0-9]{1,12}([.][0-9]{1,4})?$"},
            {"type": "null"},
        ]
    },
)
_SOMEBODY = Meta(
    extra_json_schema={
        "anyOf": [
            {"required": ["member"], "properties": {"member": {"type": ["integer", "string"]}}},
            {"required": ["code"], "properties": {"code": {"type": "string"}}},
        ]
    }
)


def _word(longest: int, about: str) -> Meta:
    return Meta(
        pattern="^[!-~]([ -~]*[!-~])?$",
        min_length=1,
        max_length=longest,
        description=f"{about} Printable ASCII characters, with no space around them.",
    )


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A conversion. Who it was: a `member`, or the `code` of the link that somebody came by, or both."""

    id: Annotated[str, _word(200, "Your own id for it, such as the order's number: the same id counts once.")]
    name: Annotated[str, _word(100, "What it is, as the campaign's file calls it, such as first-order.")]
    member: (
        Annotated[int, Meta(ge=1, le=2**63 - 1, description="The member's number in Sayso.")]
        | Annotated[float, Meta(ge=1, le=2**53, extra_json_schema={"type": "integer"})]  # 17.0 is a whole number, too
        | Annotated[
            str,
            Meta(
                pattern="^((telegram|discord):)?([1-9][0-9]{0,17}|[1-8][0-9]{18})$",
                max_length=30,
                description="The member's number in Sayso, or an account, such as telegram:700000001.",
            ),
        ]
        | None
    ) = None
    code: Annotated[str, Meta(max_length=100, description="The code of the link.")] | None = None
    campaign: Annotated[str, CampaignId] | None = None
    value: Annotated[Raw, _VALUE] = msgspec.field(default_factory=lambda: Raw(b"null"))
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", description="By ISO 4217, such as EUR.")] | None = None


Reported: TypeAlias = Annotated[Report, _SOMEBODY]

EXAMPLE = {"id": "order-1001", "name": "first-order", "code": "AbCdEfGhJkm", "value": 49.9, "currency": "EUR"}


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A conversion as it was kept: the same however often it is reported."""

    campaign: str
    id: str
    name: str
    at: Annotated[Time, Meta(description="When it was reported first.")]
    member: int | None
    counted: Annotated[bool, Meta(description="Whether it is in the campaign's figures.")]
    uncounted: Annotated[str, Meta(description="Why it is not: not_started, ended or own_link.")] | None


async def conversion(tx: Tx, told: Told) -> tuple[bool, Receipt]:
    """Report a conversion.

    The same `id` in a campaign counts once. Repeat a report as often as you like, at once too, until it is answered:
    the first time with 201, then with 200 and the same answer. The same `id` with another content is refused (409).
    """
    report: Report = told.content
    fact = Converted(
        id=report.id,
        name=report.name,
        at=told.now,
        member=_member(report.member),
        code=report.code,
        campaign_id=await _campaign(tx, told, report.campaign),
        value=_value(bytes(report.value)),
        currency=report.currency,
    )
    kept = await intake.converted(tx, fact, now=told.now)
    receipt = Receipt(
        campaign=next(each.campaign.slug for each in await campaigns.applied(tx) if each.id == kept.campaign_id),
        id=kept.id,
        name=kept.name,
        at=kept.at,
        member=kept.member_id,
        counted=kept.uncounted is None,
        uncounted=kept.uncounted and kept.uncounted.value,
    )
    return not kept.repeated, receipt


async def _campaign(tx: Tx, told: Told, slug: str | None) -> int | None:
    """The campaign that is named; else the only one that the key sees, if it sees only one."""
    if slug is None:
        return told.key.campaign_id
    found: Applied | None = await campaigns.by_slug(tx, slug)
    if found is None or not told.key.sees(found.id):
        raise ProblemError(UNKNOWN_CAMPAIGN, "there is no such campaign; GET /api/v1/campaigns lists those you may see")
    return found.id


def _member(sent: float | str | None) -> str | None:
    """As core reads it."""
    whole = isinstance(sent, float) and sent.is_integer()
    return None if sent is None else str(int(sent) if whole else sent)


def _value(sent: bytes) -> Decimal | None:
    """The number exactly as it was written: it is never a float on its way."""
    if sent == b"null":
        return None
    if len(sent) <= _LONGEST and _NUMBER.fullmatch(sent):
        value = Decimal(sent.strip(b'"').decode())
        if value <= LARGEST:
            return value.quantize(FINEST)
    raise ProblemError(INVALID, f"`value` must be a number from 0 to {LARGEST}; write it like 49.90")

"""What a shop may report, and when it satisfies a campaign. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.campaign.values import Account, Platform
from core.errors import SaysoError

ID_LENGTH, NAME_LENGTH = 200, 100
MOST = Decimal(10**12)
PARTS = 10_000
"""No currency has more than four decimals, so values are kept exactly as whole numbers of this part of its unit."""


class ConversionError(SaysoError):
    """What was reported cannot be taken in, and nothing of it was kept."""


class BadConversionError(ConversionError):
    """The report is not one."""

    code = "bad_conversion"


class UnknownCodeError(ConversionError):
    """No link has this code, or none that may be seen here."""

    code = "unknown_code"


class UnknownMemberError(ConversionError):
    """Sayso has never met this member."""

    code = "unknown_member"


class WhichCampaignError(ConversionError):
    """Nothing says which campaign is meant."""

    code = "which_campaign"


class OtherContentError(ConversionError):
    """The id stands for another conversion already."""

    code = "other_content"


class Uncounted(StrEnum):
    """Why a conversion is in no figure of its campaign. The values are also those of intake's `Problem`."""

    NOT_STARTED = "not_started"
    ENDED = "ended"
    OWN_LINK = "own_link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """The brand's shop says that somebody did what it wants.

    `id` is the shop's own name for it, such as an order's number, and `name` what it is, such as "first-order".
    Who: a `member`, by Sayso's number or as "telegram:700000001"; or somebody unknown who came by the link with this
    `code`; with both, the member bought through that link. `campaign_id` is needed where the rest leaves it open.
    `at` is when we were told first; it is not compared when the same is told again.
    """

    id: str
    name: str
    at: datetime
    member: str | None = None
    code: str | None = None
    campaign_id: int | None = None
    value: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A conversion as it was kept: the same however often it is told. `uncounted`: why it is in no figure.

    `repeated`: this time, it was there already.
    """

    campaign_id: int
    id: str
    name: str
    at: datetime
    member_id: int | None = None
    code: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    uncounted: Uncounted | None = None
    repeated: bool = False

    def is_told_by(self, fact: Converted, member_id: int | None) -> bool:
        """Whether the fact says the same, about this member."""
        told = (fact.name, member_id, fact.code, fact.value, fact.currency)
        return (self.name, self.member_id, self.code, self.value, self.currency) == told


def check(fact: Converted) -> None:
    """Return if this can be a conversion; else raise BadConversionError."""
    if not _is_word(fact.id, ID_LENGTH):
        raise _bad("id", f"write 1 to {ID_LENGTH} printable characters, such as the order's number")
    if not _is_word(fact.name, NAME_LENGTH):
        raise _bad("name", f"write 1 to {NAME_LENGTH} printable characters, such as first-order")
    if fact.member is None and fact.code is None:
        raise BadConversionError("nothing says who it was", fix="write a member, or the code of the link they came by")
    if fact.value is not None and not _is_value(fact.value):
        raise _bad("value", f"write a number from 0 to below {MOST:f} with at most 4 decimals")
    if fact.currency is not None and not _is_currency(fact.currency):
        raise _bad("currency", "write its three capital letters by ISO 4217, such as EUR")


def who(member: str) -> int | Account:
    """A member's number, or an account such as "telegram:700000001". Raises BadConversionError."""
    platform, colon, number = member.rpartition(":")
    if len(number) < 20 and number.isascii() and number.isdecimal() and 0 < int(number) < 2**63:
        if not colon:
            return int(number)
        if platform in set(Platform):
            return Account(platform=Platform(platform), id=int(number))
    raise _bad("member", "write the member's number in Sayso, or an account such as telegram:700000001")


def first(conversions: Iterable[Conversion], name: str, *, since: datetime) -> datetime | None:
    """When there was a conversion of this name, at that time or later; the earliest one."""
    return min((each.at for each in conversions if each.name == name and each.at >= since), default=None)


def parts(value: Decimal) -> int:
    """A value as it is kept."""
    return int(value * PARTS)


def value_of(parts: int) -> Decimal:
    """The value that was kept so."""
    return Decimal(parts) / PARTS


def plain(value: Decimal) -> Decimal:
    """The value as it is read back: 12.5 for 12.500."""
    return value_of(parts(value))


def _is_word(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text.isprintable() and text == text.strip()


def _is_value(value: Decimal) -> bool:
    return value.is_finite() and 0 <= value < MOST and value == value.quantize(Decimal(1) / PARTS)


def _is_currency(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()


def _bad(what: str, fix: str) -> BadConversionError:
    return BadConversionError(f"{what!r} is not understood", fix=fix)

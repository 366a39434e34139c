"""Conversions: what the brand wants people to do, reported by its shop, each once."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from core.conversions.rules import (
    BadConversionError,
    Conversion,
    ConversionError,
    Converted,
    OtherContentError,
    Uncounted,
    UnknownCodeError,
    UnknownMemberError,
    WhichCampaignError,
    parts,
    value_of,
)
from core.conversions.table import ConversionRow
from core.database import Tx, among, insert_rows, rows_among, rows_of, table_of

__all__ = [
    "BadConversionError",
    "Conversion",
    "ConversionError",
    "Converted",
    "OtherContentError",
    "Uncounted",
    "UnknownCodeError",
    "UnknownMemberError",
    "WhichCampaignError",
    "add",
    "counts_of_links",
    "of_members",
    "under",
]

_CONVERSION = table_of(ConversionRow)
_CONVERSIONS = select(_CONVERSION)
_OF_LINKS = select(_CONVERSION.c.code).where(_CONVERSION.c.uncounted.is_(None))
_NAMES = ("campaign_id", "id", "name", "at", "member_id", "code", "value", "currency", "uncounted")


async def add(tx: Tx, conversion: Conversion) -> None:
    """Keep a conversion. Whoever adds one looks first whether it is there, and holds the campaign."""
    row: dict[str, Any] = {name: getattr(conversion, name) for name in _NAMES}
    row["value"] = None if conversion.value is None else parts(conversion.value)
    await insert_rows(tx, _CONVERSION, _NAMES, [tuple(row.values())])


async def under(tx: Tx, own_id: str, campaign_ids: Iterable[int]) -> dict[int, Conversion]:
    """What these campaigns have under the shop's id, by campaign."""
    where = (_CONVERSION.c.id == own_id, among(tx, _CONVERSION.c.campaign_id, campaign_ids))
    return {row.campaign_id: _conversion(row) for row in await rows_of(tx, _CONVERSIONS.where(*where))}


async def of_members(tx: Tx, member_ids: Iterable[int]) -> dict[tuple[int, int], list[Conversion]]:
    """The conversions of these members, by (campaign, member); also those that are in no figure."""
    found: dict[tuple[int, int], list[Conversion]] = {}
    for row in await rows_among(tx, _CONVERSIONS, _CONVERSION.c.member_id, set(member_ids)):
        found.setdefault((row.campaign_id, row.member_id), []).append(_conversion(row))
    return found


async def counts_of_links(tx: Tx, codes: Iterable[str]) -> dict[str, int]:
    """How many conversions came through each of these links; those that nothing came through are left out."""
    return dict(Counter(row.code for row in await rows_among(tx, _OF_LINKS, _CONVERSION.c.code, set(codes))))


def _conversion(row: Row[Any]) -> Conversion:
    return Conversion(
        campaign_id=row.campaign_id,
        id=row.id,
        name=row.name,
        at=row.at,
        member_id=row.member_id,
        code=row.code,
        value=None if row.value is None else value_of(row.value),
        currency=row.currency,
        uncounted=Uncounted(row.uncounted) if row.uncounted else None,
    )

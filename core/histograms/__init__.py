"""How many there are at each whole number: so a rank, a median or the greatest costs the same however many there are.

Whoever changes somebody's number takes one off where it was and adds one where it is, in the same transaction. Coarser
counts are kept beside the fine ones, so that asking how many are above reads a few dozen rows, never the members.
"""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import bindparam, func, select

from core.database import Conflict, Tx, insert_rows, remove_rows, rows_of, table_of
from core.histograms.table import CountRow

WIDTH_BITS = 5
LEVELS = 3
"""Counts of one number, of 32 and of 1,024 together."""

_COUNT = table_of(CountRow)
_KEY = ("campaign_id", "name", "level", "at")


async def add(tx: Tx, changes: Mapping[tuple[int, str, int], int]) -> None:
    """Add to the counts, by (campaign, name, number)."""
    counts: Counter[tuple[int, str, int, int]] = Counter()
    for (campaign_id, name, at), n in changes.items():
        for level in range(LEVELS if n else 0):
            counts[campaign_id, name, level, at >> WIDTH_BITS * level] += n
    moved = sorted((key, n) for key, n in counts.items() if n)
    rows = ((*key, n) for key, n in moved)
    await insert_rows(tx, _COUNT, (*_KEY, "n"), rows, conflict=Conflict.ADD, key=_KEY)
    await remove_rows(tx, _COUNT, (*_KEY, "n"), ((*key, 0) for key, n in moved if n < 0))


async def above(tx: Tx, campaign_id: int, name: str, at: int) -> int:
    """How many have a greater number."""
    places = [at >> WIDTH_BITS * level for level in range(LEVELS)]
    ends = [(place | (1 << WIDTH_BITS) - 1) for place in places]
    asked = {f"from_{level}": place for level, place in enumerate(places)}
    asked.update({f"to_{level}": end for level, end in enumerate(ends[:-1])})
    return int((await tx.execute(_ABOVE, {"of_campaign_id": campaign_id, "of_name": name, **asked})).scalar_one())


async def greatest(tx: Tx, campaign_id: int, name: str) -> int | None:
    """The greatest number that anybody has."""
    query = select(_COUNT.c.at).where(_COUNT.c.campaign_id == campaign_id, _COUNT.c.name == name, _COUNT.c.level == 0)
    rows = await rows_of(tx, query.order_by(_COUNT.c.at.desc()).limit(1))
    return int(rows[0].at) if rows else None


async def shape(tx: Tx, campaign_id: int, name: str) -> dict[int, int]:
    """How many there are at each number, from the smallest on."""
    query = select(_COUNT.c.at, _COUNT.c.n).where(
        _COUNT.c.campaign_id == campaign_id, _COUNT.c.name == name, _COUNT.c.level == 0
    )
    return {row.at: row.n for row in await rows_of(tx, query.order_by(_COUNT.c.at))}


_PARTS = [
    select(func.coalesce(func.sum(_COUNT.c.n), 0))
    .where(
        _COUNT.c.campaign_id == bindparam("of_campaign_id"),
        _COUNT.c.name == bindparam("of_name"),
        _COUNT.c.level == level,
        _COUNT.c.at > bindparam(f"from_{level}"),
        *([_COUNT.c.at <= bindparam(f"to_{level}")] if level < LEVELS - 1 else []),
    )
    .scalar_subquery()
    for level in range(LEVELS)
]
_ABOVE = select(_PARTS[0] + _PARTS[1] + _PARTS[2])
"""Up to the end of the next coarser row, and so on, from there with ever coarser rows."""

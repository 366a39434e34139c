"""Asking about a cascade: every answer costs the same, however large it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, bindparam, literal, literal_column, select, tuple_

from core import histograms
from core.cascade.figures import NOBODY, Counts, Spread, cycle_name, spread_of
from core.cascade.table import NodeRow, SpreadRow
from core.database import Tx, among, rows_of, table_of

_NODE, _SPREAD = table_of(NodeRow), table_of(SpreadRow)
_SHOWN = ("member_id", "parent_id", "channel", "depth", "size", "height", "direct", "linked_at", "arrived_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """A member, and what hangs below them: `size` in all, `direct` at once, `height` levels deep.

    `channel`: the variant of the parent's link; None if nobody can say. `entered_at`: when they arrived or got a link.
    """

    member_id: int
    parent_id: int | None
    channel: str | None
    depth: int
    size: int
    height: int
    direct: int
    is_advocate: bool
    entered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of the board of the greatest cascades. Equal sizes have equal ranks."""

    rank: int
    member_id: int
    size: int
    height: int
    direct: int


async def spread(tx: Tx, campaign_id: int) -> Spread:
    """How the campaign spreads, as of what has been folded."""
    rows = await rows_of(tx, select(_SPREAD).where(_SPREAD.c.campaign_id == campaign_id))
    counted = {row.channel: Counts(**{name: getattr(row, name) for name in Counts.__slots__}) for row in rows}
    cycles = {
        name: await histograms.shape(tx, campaign_id, cycle_name(name))
        for name, counts in counted.items()
        if name != NOBODY and counts.cycles
    }
    biggest = await leaders(tx, campaign_id, limit=1)
    return spread_of(
        counted,
        cycles,
        biggest=biggest[0].size if biggest else 0,
        deepest=await histograms.greatest(tx, campaign_id, "depth") or 0,
    )


async def of_member(tx: Tx, campaign_id: int, member_id: int) -> Cascade | None:
    """The member's own; None if they are not in the cascade."""
    rows = (await tx.execute(_OF_MEMBER, {"of_campaign": campaign_id, "of_member": member_id})).all()
    return _cascade(rows[0]) if rows else None


async def of_members(tx: Tx, campaign_id: int, member_ids: Iterable[int]) -> dict[int, Cascade]:
    """These members' own; those who are not in the cascade are left out."""
    query = _NODES.where(_NODE.c.campaign_id == campaign_id, among(tx, _NODE.c.member_id, set(member_ids)))
    return {row.member_id: _cascade(row) for row in await rows_of(tx, query)}


async def rank_of(tx: Tx, campaign_id: int, size: int) -> int:
    """The rank that a cascade of this size has in the campaign."""
    return 1 + await histograms.above(tx, campaign_id, "size", size)


async def leaders(tx: Tx, campaign_id: int, *, limit: int = 100) -> list[Place]:
    """The members with the greatest cascades. Nobody is on it with nothing."""
    rows = (await tx.execute(_LEADERS, {"of_campaign": campaign_id, "most": limit})).all()
    places: list[Place] = []
    rank, before = 0, None
    for at, (member_id, size, height, direct) in enumerate(rows, start=1):
        if size != before:
            rank, before = at, size
        places.append(Place(rank=rank, member_id=member_id, size=size, height=height, direct=direct))
    return places


async def children(
    tx: Tx, campaign_id: int, member_id: int, *, limit: int = 50, after: Cascade | None = None
) -> list[Cascade]:
    """Whom the member has brought, the longest chains first; with `after`, those who come after that one."""
    query = _NODES.where(_NODE.c.campaign_id == campaign_id, _NODE.c.parent_id == member_id)
    if after is not None:
        line = tuple_(literal(after.height), literal(after.member_id, BigInteger))
        query = query.where(tuple_(_NODE.c.height, _NODE.c.member_id) < line)
    order = (_NODE.c.height.desc(), _NODE.c.member_id.desc())
    return [_cascade(row) for row in await rows_of(tx, query.order_by(*order).limit(limit))]


def _cascade(row: Row[Any]) -> Cascade:
    return Cascade(
        member_id=row.member_id,
        parent_id=row.parent_id,
        channel=row.channel,
        depth=row.depth,
        size=row.size,
        height=row.height,
        direct=row.direct,
        is_advocate=row.linked_at is not None,
        entered_at=min((at for at in (row.linked_at, row.arrived_at) if at is not None), default=None),
    )


_NODES = select(*(_NODE.c[name] for name in _SHOWN))
_OF_MEMBER = _NODES.where(_NODE.c.campaign_id == bindparam("of_campaign"), _NODE.c.member_id == bindparam("of_member"))
_LEADERS = (
    select(_NODE.c.member_id, _NODE.c.size, _NODE.c.height, _NODE.c.direct)
    .where(_NODE.c.campaign_id == bindparam("of_campaign"), _NODE.c.size > literal_column("0"))
    .order_by(_NODE.c.size.desc(), _NODE.c.member_id.desc())
    .limit(bindparam("most"))
)
"""The 0 is written out: only then can the index of those who have anybody below be used."""

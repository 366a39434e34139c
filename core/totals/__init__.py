"""Totals and standings, kept as facts arrive."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from core.database import Conflict, Tx, insert_rows, rows_among, rows_of, table_of, upsert
from core.totals.table import StandingRow, TotalRow

_TOTAL = table_of(TotalRow)
_STANDING = table_of(StandingRow)
_STANDINGS = select(_STANDING)


@dataclass(slots=True, kw_only=True)
class Standing:
    """An advocate's results. `qualified` includes the rewarded ones."""

    pending: int = 0
    qualified: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of a leaderboard. Equal results have equal ranks."""

    rank: int
    member_id: int
    qualified: int
    points: int


async def add(tx: Tx, changes: Mapping[tuple[int, str], int]) -> None:
    """Add to totals, by (campaign, name)."""
    rows = [
        {"campaign_id": campaign_id, "name": name, "n": n} for (campaign_id, name), n in sorted(changes.items()) if n
    ]
    if rows:
        insert = upsert(tx, _TOTAL)
        plus = {"n": _TOTAL.c.n + insert.excluded.n}
        await tx.execute(insert.on_conflict_do_update(index_elements=["campaign_id", "name"], set_=plus), rows)


async def of_campaign(tx: Tx, campaign_id: int) -> dict[str, int]:
    """Every total of the campaign that is not zero."""
    query = select(_TOTAL.c.name, _TOTAL.c.n).where(_TOTAL.c.campaign_id == campaign_id)
    return {row.name: row.n for row in await rows_of(tx, query)}


async def standings(tx: Tx, member_ids: Iterable[int]) -> dict[tuple[int, int], Standing]:
    """The standings of these members, by (campaign, member)."""
    return {
        (row.campaign_id, row.member_id): Standing(pending=row.pending, qualified=row.qualified, points=row.points)
        for row in await rows_among(tx, _STANDINGS, _STANDING.c.member_id, set(member_ids))
    }


async def keep_standings(tx: Tx, changed: Mapping[tuple[int, int], Standing]) -> None:
    """Write these standings, by (campaign, member)."""
    key = ("campaign_id", "member_id")
    rows = ((*place, standing.pending, standing.qualified, standing.points) for place, standing in changed.items())
    names = (*key, "pending", "qualified", "points")
    await insert_rows(tx, _STANDING, names, rows, conflict=Conflict.REPLACE, key=key)


async def leaderboard(tx: Tx, campaign_id: int, *, limit: int) -> list[Place]:
    """The advocates with the most qualified referrals, then the most points. Nobody is on it with nothing."""
    order = (_STANDING.c.qualified.desc(), _STANDING.c.points.desc(), _STANDING.c.member_id.desc())
    query = select(_STANDING).where(_STANDING.c.campaign_id == campaign_id, _STANDING.c.qualified > 0)
    places: list[Place] = []
    for at, row in enumerate(await rows_of(tx, query.order_by(*order).limit(limit)), start=1):
        tied = bool(places) and (places[-1].qualified, places[-1].points) == (row.qualified, row.points)
        rank = places[-1].rank if tied else at
        places.append(Place(rank=rank, member_id=row.member_id, qualified=row.qualified, points=row.points))
    return places


async def rank_of(tx: Tx, campaign_id: int, standing: Standing) -> int:
    """The rank that this result has in the campaign."""
    better = or_(
        _STANDING.c.qualified > standing.qualified,
        and_(_STANDING.c.qualified == standing.qualified, _STANDING.c.points > standing.points),
    )
    query = select(func.count()).select_from(_STANDING).where(_STANDING.c.campaign_id == campaign_id, better)
    return int((await tx.execute(query)).scalar_one()) + 1

"""Totals and standings, kept as facts arrive."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, func, literal, select, tuple_

from core import histograms
from core.campaign.table import CampaignRow
from core.database import Conflict, Tx, insert_rows, rows_among, rows_of, table_of, together
from core.totals.table import StandingRow, TotalRow

_TOTAL = table_of(TotalRow)
_STANDING = table_of(StandingRow)
_IN_CAMPAIGNS = select(_STANDING).where(_STANDING.c.campaign_id.in_(select(table_of(CampaignRow).c.id)))
"""Every campaign is named, since the table is in their order."""


@dataclass(slots=True, kw_only=True)
class Standing:
    """An advocate's results. `qualified` includes the rewarded ones."""

    pending: int = 0
    qualified: int = 0
    points: int = 0
    ranked: tuple[int, int] = field(default=(0, 0), compare=False, repr=False)
    """The result that the ranks know of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of a leaderboard. Equal results have equal ranks."""

    rank: int
    member_id: int
    qualified: int
    points: int


async def add(tx: Tx, changes: Mapping[tuple[int, str], int]) -> None:
    """Add to totals, by (campaign, name)."""
    rows = ((*total, n) for total, n in sorted(changes.items()) if n)
    key = ("campaign_id", "name")
    await insert_rows(tx, _TOTAL, (*key, "n"), rows, conflict=Conflict.ADD, key=key)


async def of_campaign(tx: Tx, campaign_id: int) -> dict[str, int]:
    """Every total of the campaign that is not zero."""
    query = select(_TOTAL.c.name, _TOTAL.c.n).where(_TOTAL.c.campaign_id == campaign_id)
    return {row.name: row.n for row in await rows_of(tx, query)}


async def standings(tx: Tx, member_ids: Iterable[int]) -> dict[tuple[int, int], Standing]:
    """The standings of these members, by (campaign, member)."""
    return {
        (row.campaign_id, row.member_id): Standing(
            pending=row.pending, qualified=row.qualified, points=row.points, ranked=(row.qualified, row.points)
        )
        for row in await rows_among(tx, _IN_CAMPAIGNS, _STANDING.c.member_id, set(member_ids))
    }


async def keep_standings(tx: Tx, changed: Mapping[tuple[int, int], Standing]) -> None:
    """Write these standings, by (campaign, member): those that were read before, changed in place, or new ones."""
    key = ("campaign_id", "member_id")
    rows = ((*place, standing.pending, standing.qualified, standing.points) for place, standing in changed.items())
    names = (*key, "pending", "qualified", "points")
    moved: Counter[tuple[int, str, int]] = Counter()
    for (campaign_id, _), standing in changed.items():
        result = (standing.qualified, standing.points)
        if result != standing.ranked:
            moved.subtract((campaign_id, *number) for number in _numbers(*standing.ranked))
            moved.update((campaign_id, *number) for number in _numbers(*result))
            standing.ranked = result
    keeping = insert_rows(tx, _STANDING, names, rows, conflict=Conflict.REPLACE, key=key)
    await together(tx, keeping, histograms.add(tx, moved))


def _numbers(qualified: int, points: int) -> Iterator[tuple[str, int]]:
    """Where a result stands in the histograms: by its referrals, and by its points among those with as many."""
    if qualified:
        yield "qualified", qualified
    if qualified or points:
        yield f"points/{qualified}", points


async def leaderboard(tx: Tx, campaign_id: int, *, limit: int, after: Place | None = None) -> list[Place]:
    """The advocates with the most qualified referrals, then the most points. Nobody is on it with nothing.

    With `after`, those who come after this line, whether or not that still is where it was.
    """
    order = (_STANDING.c.qualified.desc(), _STANDING.c.points.desc(), _STANDING.c.member_id.desc())
    query = select(_STANDING).where(_STANDING.c.campaign_id == campaign_id, _STANDING.c.qualified > 0)
    if after is not None:
        line = (literal(n, BigInteger) for n in (after.qualified, after.points, after.member_id))
        query = query.where(tuple_(_STANDING.c.qualified, _STANDING.c.points, _STANDING.c.member_id) < tuple_(*line))
    rows = await rows_of(tx, query.order_by(*order).limit(limit))
    better, tied = await _before(tx, campaign_id, rows[0]) if after is not None and rows else (0, 0)
    places: list[Place] = []
    for at, row in enumerate(rows, start=better + tied + 1):
        again = bool(places) and (places[-1].qualified, places[-1].points) == (row.qualified, row.points)
        rank = places[-1].rank if again else at if places else better + 1
        places.append(Place(rank=rank, member_id=row.member_id, qualified=row.qualified, points=row.points))
    return places


async def _before(tx: Tx, campaign_id: int, line: Any) -> tuple[int, int]:
    """How many have a better result than this line, and how many with the same one come before it."""
    better = await rank_of(tx, campaign_id, Standing(qualified=line.qualified, points=line.points)) - 1
    same = (_STANDING.c.qualified == line.qualified, _STANDING.c.points == line.points)
    before = (_STANDING.c.campaign_id == campaign_id, *same, _STANDING.c.member_id > line.member_id)
    return better, int((await tx.execute(select(func.count()).select_from(_STANDING).where(*before))).scalar_one())


async def rank_of(tx: Tx, campaign_id: int, standing: Standing) -> int:
    """The rank that this result has in the campaign."""
    better = await histograms.above(tx, campaign_id, "qualified", standing.qualified)
    return 1 + better + await histograms.above(tx, campaign_id, f"points/{standing.qualified}", standing.points)

"""Promo codes: each is in one pool for ever, and given to one person. What a code is, is never said in logs or errors.

Codes come in by `add`, any number of times, while the pool is in use. They go out by `take`, under the campaign's lock.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, case, func, literal_column, select, update

from core.campaign.table import CampaignRow
from core.codes.rules import Warn, spot, warning
from core.codes.table import CodeRow, PoolRow
from core.database import (
    Conflict,
    Tx,
    among,
    change_rows,
    each_of,
    insert_new,
    insert_rows,
    lock_rows,
    rows_of,
    table_of,
)

_POOL, _CODE, _CAMPAIGN = table_of(PoolRow), table_of(CodeRow), table_of(CampaignRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A campaign's pool. `left`: codes that nobody has; `waiting`: grants that are held until there are codes again."""

    id: int
    campaign_id: int
    campaign: str
    name: str
    total: int
    left: int
    waiting: int
    digest: str | None

    @property
    def given(self) -> int:
        return self.total - self.left


@dataclass(frozen=True, slots=True)
class Added:
    """How many codes were new, and how many were known before, by campaign and pool."""

    new: int
    known: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Want:
    """A grant that wants a code of a pool. `place` decides which one; it is spelled the same every time."""

    cause: str
    pool: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A pool that is running dry."""

    pool: str
    warn: Warn
    left: int
    total: int
    waiting: int


@dataclass(slots=True)
class Taken:
    """The codes by the causes that they were given for, and the pools of which organizers are to be told."""

    codes: dict[str, str] = field(default_factory=dict)
    running: list[Running] = field(default_factory=list)


async def ensure(tx: Tx, campaign_id: int, names: Iterable[str]) -> None:
    """The campaign has these pools, with nothing in them yet."""
    empty = {"campaign_id": campaign_id, "total": 0, "left": 0, "waiting": 0}
    await insert_new(tx, _POOL, [{**empty, "name": name} for name in names])


async def pools(tx: Tx) -> list[Pool]:
    """Every pool, by campaign and name."""
    every = select(_POOL, _CAMPAIGN.c.slug).join(_CAMPAIGN, _CAMPAIGN.c.id == _POOL.c.campaign_id)
    return [
        Pool(
            id=row.id,
            campaign_id=row.campaign_id,
            campaign=row.slug,
            name=row.name,
            total=row.total,
            left=row.left,
            waiting=row.waiting,
            digest=row.digest,
        )
        for row in await rows_of(tx, every.order_by(_CAMPAIGN.c.slug, _POOL.c.name))
    ]


async def add(tx: Tx, pool_id: int, codes: Sequence[str]) -> Added:
    """Put codes into the pool; those that are in a pool already, this or another one, stay where they are."""
    some = sorted(set(codes))  # in one order, so that two who add the same codes wait for each other, and never both
    rows = ((code, pool_id, spot(code)) for code in some)
    new = await insert_rows(tx, _CODE, ("code", "pool_id", "spot"), rows, conflict=Conflict.SKIP)
    if new:
        more = {"total": _POOL.c.total + new, "left": _POOL.c.left + new, "told": None}
        await tx.execute(update(_POOL).where(_POOL.c.id == pool_id).values(**more))
    known = Counter(await _where(tx, some)) if new < len(some) else Counter[tuple[str, str]]()
    mine = next((each for each in await pools(tx) if each.id == pool_id), None) if known else None
    if mine is not None:
        known[mine.campaign, mine.name] -= new
    return Added(new, {where: n for where, n in known.items() if n})


async def _where(tx: Tx, codes: Sequence[str]) -> dict[tuple[str, str], int]:
    """How many of these codes are in each pool."""
    joined = _CODE.join(_POOL, _POOL.c.id == _CODE.c.pool_id).join(_CAMPAIGN, _CAMPAIGN.c.id == _POOL.c.campaign_id)
    names = (_CAMPAIGN.c.slug, _POOL.c.name)
    query = select(*names, func.count().label("n")).select_from(joined).where(among(tx, _CODE.c.code, codes))
    return {(row.slug, row.name): row.n for row in await rows_of(tx, query.group_by(*names))}


async def imported(tx: Tx, pool_id: int, digest: str) -> None:
    """The file with this content has been imported whole."""
    await tx.execute(update(_POOL).where(_POOL.c.id == pool_id).values(digest=digest))


async def take(tx: Tx, campaign_id: int, wants: Sequence[Want], *, in_line: bool) -> Taken:
    """Give each a free code of its pool, as long as there are some, in the order given.

    Who is not `in_line` gets none while others wait for the same pool. Whoever calls this holds the campaign.
    """
    known = await _locked(tx, campaign_id, {want.pool for want in wants})
    taken = Taken()
    for name, row in known.items():
        mine = [want for want in wants if want.pool == name]
        may = mine[: row.left] if in_line or not row.waiting else []
        codes = await _take(tx, row.id, may)
        taken.codes.update(codes)
        left = row.left - len(codes)
        waiting = max(0, row.waiting - len(codes)) if in_line else row.waiting + len(mine) - len(codes)
        warn = warning(left=left, total=row.total, told=row.told)
        if warn is not None:
            taken.running.append(Running(pool=name, warn=warn, left=left, total=row.total, waiting=waiting))
        if codes or warn is not None:
            now = {"left": left, "told": warn or row.told}
            await tx.execute(update(_POOL).where(_POOL.c.id == row.id).values(**now))
    return taken


async def wait(tx: Tx, campaign_id: int, changes: Mapping[str, int]) -> None:
    """So many more grants, or fewer, wait for each of these pools."""
    if changes:
        plus = case(changes, value=_POOL.c.name)
        of = (_POOL.c.campaign_id == campaign_id, _POOL.c.name.in_(changes))
        await tx.execute(update(_POOL).where(*of).values(waiting=_POOL.c.waiting + plus))


async def releasable(tx: Tx) -> list[tuple[int, str]]:
    """The pools, by campaign and name, with codes and with grants that wait for them."""
    query = select(_POOL.c.campaign_id, _POOL.c.name).where(_POOL.c.waiting > 0, _POOL.c.left > 0)
    return [(row.campaign_id, row.name) for row in await rows_of(tx, query)]


async def _locked(tx: Tx, campaign_id: int, names: Iterable[str]) -> dict[str, Row[Any]]:
    """The pools as they are until the transaction ends. One that nobody has heard of has nothing in it."""
    wanted = sorted(names)
    query = select(_POOL).where(_POOL.c.campaign_id == campaign_id, _POOL.c.name.in_(wanted)).order_by(_POOL.c.id)
    rows = await rows_of(tx, lock_rows(tx, query))
    if len(rows) < len(wanted):
        await ensure(tx, campaign_id, wanted)
        rows = await rows_of(tx, lock_rows(tx, query))
    return {row.name: row for row in rows}


async def _take(tx: Tx, pool_id: int, wants: Sequence[Want]) -> dict[str, str]:
    """A code for each of these causes, of which there are no more than free codes."""
    found: dict[str, str] = {}
    open_wants = {spot(want.place): want.cause for want in wants}
    while open_wants:
        some = dict[str, str]()
        for at, code in await _first_free(tx, pool_id, open_wants):
            some.setdefault(code, open_wants[at])  # of two at the same code, the first one has it
        if not some:
            break
        rows = [(code, cause) for code, cause in some.items()]
        await change_rows(tx, _CODE, ("cause",), rows, key=("code",))
        found.update((cause, code) for code, cause in rows)
        open_wants = {at: cause for at, cause in open_wants.items() if cause not in found}
    return found


async def _first_free(tx: Tx, pool_id: int, spots: Iterable[int]) -> list[tuple[int, str]]:
    """For each spot, in their order, the first free code there or after it, or else the first of all."""
    wanted = list(spots)
    at = each_of(tx, wanted)
    free = select(_CODE.c.code).where(_CODE.c.pool_id == pool_id, _CODE.c.cause.is_(None)).order_by(_CODE.c.spot)
    free = free.limit(literal_column("1"))
    here = free.where(_CODE.c.spot >= at).scalar_subquery()
    code = func.coalesce(here, free.scalar_subquery())
    codes = {row.spot: row.code for row in await rows_of(tx, select(at.label("spot"), code.label("code")))}
    return [(spot, codes[spot]) for spot in wanted if codes[spot] is not None]

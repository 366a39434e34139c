"""Counting again what may be given and what was: points, budgets and codes, each by two roads that must meet."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import and_, func, or_, select

from core.budgets import Unit
from core.budgets.table import BudgetRow
from core.codes.table import CodeRow, PoolRow
from core.database import Tx, rows_of, table_of
from core.rewards.table import GrantRow

Figures: TypeAlias = dict[tuple[int, str], int]
"""By campaign, and what is counted."""

_BUDGET, _POOL, _CODE, _GRANT = (table_of(row) for row in (BudgetRow, PoolRow, CodeRow, GrantRow))
_HOLDS = _GRANT.c.turns % 2 == 0


@dataclass(slots=True)
class Giving:
    """What was kept, and the same counted by another road."""

    kept: Figures = field(default_factory=dict)
    recomputed: Figures = field(default_factory=dict)


async def giving(tx: Tx, balances: Mapping[str, int]) -> Giving:
    """Every figure of both, except those that are nothing. `balances`: those of all the ledger's accounts."""
    both = Giving()
    both.kept[0, "all accounts together"] = sum(balances.values())
    await _budgets(tx, both, balances)
    await _pools(tx, both)
    await _codes(tx, both)
    both.kept = {key: n for key, n in both.kept.items() if n}
    both.recomputed = {key: n for key, n in both.recomputed.items() if n}
    return both


async def _budgets(tx: Tx, both: Giving, balances: Mapping[str, int]) -> None:
    given: Counter[int] = Counter()
    for account, points in balances.items():
        what, campaign_id, *_ = account.split("/")
        given[int(campaign_id)] += points if what == "member" else 0
    counts = and_(_HOLDS, _GRANT.c.waits_for.is_(None), _GRANT.c.kind != "post")
    query = select(_GRANT.c.campaign_id, func.count().label("n")).where(counts).group_by(_GRANT.c.campaign_id)
    rewards = {row.campaign_id: row.n for row in await rows_of(tx, query)}
    filled: Figures = {}
    for row in await rows_of(tx, select(_BUDGET)):
        at = row.campaign_id
        if row.most is not None:
            both.kept[at, f"{row.unit} spent"] = row.spent
            both.recomputed[at, f"{row.unit} spent"] = (given if row.unit == Unit.POINTS else rewards).get(at, 0)
            if row.unit == Unit.POINTS:
                filled[at, "points in the budget"] = row.most
        both.kept[at, f"waiting for budget/{row.unit}"] = row.waiting
    both.kept.update(filled)
    for account, points in balances.items():
        if account.startswith("brand/"):
            both.recomputed[int(account.partition("/")[2]), "points in the budget"] = -points


async def _pools(tx: Tx, both: Giving) -> None:
    for row in await rows_of(tx, select(_POOL)):
        both.kept[row.campaign_id, f"codes in {row.name}"] = row.total
        both.kept[row.campaign_id, f"codes left in {row.name}"] = row.left
        both.kept[row.campaign_id, f"waiting for codes/{row.name}"] = row.waiting
    of = (_POOL.c.campaign_id, _POOL.c.name)
    counts = (func.count().label("total"), func.count(_CODE.c.cause).label("given"))
    query = select(*of, *counts).join(_CODE, _CODE.c.pool_id == _POOL.c.id).group_by(*of)
    for row in await rows_of(tx, query):
        both.recomputed[row.campaign_id, f"codes in {row.name}"] = row.total
        both.recomputed[row.campaign_id, f"codes left in {row.name}"] = row.total - row.given
    held = and_(_GRANT.c.waits_for.is_not(None), _HOLDS)
    lines = (_GRANT.c.campaign_id, _GRANT.c.waits_for)
    for row in await rows_of(tx, select(*lines, func.count().label("n")).where(held).group_by(*lines)):
        both.recomputed[row.campaign_id, f"waiting for {row.waits_for}"] = row.n


async def _codes(tx: Tx, both: Giving) -> None:
    """Each code that was given is some grant's gift, and each such gift is a code that was given for it."""
    joined = _GRANT.outerjoin(_CODE, _CODE.c.cause == _GRANT.c.cause)
    is_code = or_(_GRANT.c.kind == "promo_code", _CODE.c.code.is_not(None))
    differs = and_(is_code, _CODE.c.code.is_distinct_from(_GRANT.c.gift))
    query = select(_GRANT.c.campaign_id, func.count().label("n")).select_from(joined).where(differs)
    for row in await rows_of(tx, query.group_by(_GRANT.c.campaign_id)):
        both.kept[row.campaign_id, "gifts that are not the code given for them"] = row.n
    lost = select(func.count()).select_from(_CODE.outerjoin(_GRANT, _CODE.c.cause == _GRANT.c.cause))
    nobodys = (await tx.execute(lost.where(_CODE.c.cause.is_not(None), _GRANT.c.cause.is_(None)))).scalar_one()
    both.kept[0, "codes given for nothing"] = nobodys

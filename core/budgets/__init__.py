"""Budgets: how much a campaign gives at most. Whoever spends holds the campaign; the database refuses what is too much.

A campaign that limits nothing has no budget, and nothing is kept for it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, case, or_, select, update

from core.budgets.rules import Budget, Unit
from core.budgets.table import BudgetRow
from core.database import Tx, rows_among, rows_of, table_of, upsert

__all__ = ["Budget", "Unit", "keep", "limit", "of_campaigns", "releasable", "wait"]

_BUDGET = table_of(BudgetRow)
_BUDGETS = select(_BUDGET)
_SPEND = (
    update(_BUDGET)
    .where(_BUDGET.c.campaign_id == bindparam("of_campaign"), _BUDGET.c.unit == bindparam("of_unit"))
    .values(spent=_BUDGET.c.spent + bindparam("by"), told=bindparam("is_told"))
)


async def of_campaigns(tx: Tx, campaign_ids: Iterable[int]) -> dict[tuple[int, Unit], Budget]:
    """The budgets of these campaigns."""
    return {
        (row.campaign_id, Unit(row.unit)): Budget(most=row.most, spent=row.spent, waiting=row.waiting, told=row.told)
        for row in await rows_among(tx, _BUDGETS, _BUDGET.c.campaign_id, set(campaign_ids))
    }


async def keep(tx: Tx, changed: Mapping[tuple[int, Unit], Budget]) -> None:
    """Write what was spent, and what organizers were told. More than there is is an error of the database."""
    rows: list[dict[str, Any]] = [
        {"of_campaign": campaign_id, "of_unit": unit.value, "by": budget.by, "is_told": budget.told}
        for (campaign_id, unit), budget in sorted(changed.items())
    ]
    if rows:
        await tx.execute(_SPEND, rows)


async def limit(tx: Tx, campaign_id: int, unit: Unit, *, most: int | None, spent: int) -> None:
    """From now on so much may be given, None for any number, and so much was given already."""
    row = {"campaign_id": campaign_id, "unit": unit.value, "most": most, "spent": spent, "waiting": 0, "told": False}
    insert = upsert(tx, _BUDGET)
    now = {"most": most, "spent": spent, "told": False}
    await tx.execute(insert.on_conflict_do_update(index_elements=["campaign_id", "unit"], set_=now), row)


async def wait(tx: Tx, campaign_id: int, changes: Mapping[str, int]) -> None:
    """So many more grants, or fewer, wait for each of these units."""
    if changes:
        of = (_BUDGET.c.campaign_id == campaign_id, _BUDGET.c.unit.in_(changes))
        plus = case(changes, value=_BUDGET.c.unit)
        await tx.execute(update(_BUDGET).where(*of).values(waiting=_BUDGET.c.waiting + plus))


async def releasable(tx: Tx) -> list[tuple[int, Unit, int | None]]:
    """The budgets that grants wait for, and in which there is room: for so much, None for any number."""
    room = or_(_BUDGET.c.most.is_(None), _BUDGET.c.spent < _BUDGET.c.most)
    return [
        (row.campaign_id, Unit(row.unit), None if row.most is None else row.most - row.spent)
        for row in await rows_of(tx, select(_BUDGET).where(_BUDGET.c.waiting > 0, room))
    ]

"""What a campaign may give at most follows its file, and its budget of points is filled to match."""

from datetime import datetime

from core import budgets, journal, ledger, totals
from core.budgets import Budget, Unit
from core.campaign import Applied
from core.database import Tx
from core.journal import Fact as Line
from core.journal import Kind
from core.ledger import Transfer


async def keep_limits(tx: Tx, applied: Applied, *, now: datetime) -> None:
    """Let what the current version limits hold from now on; what holds already stays as it is.

    A limit that is lower than what was given holds at that. Whoever calls this holds the campaign.
    """
    limits = applied.campaign.limits
    known = await budgets.of_campaigns(tx, [applied.id])
    given = (await totals.of_campaign(tx, applied.id)).get("rewards.granted", 0)
    await _limit(tx, applied, Unit.REWARDS, known.get((applied.id, Unit.REWARDS)), limits.rewards, given)
    points, filled = await ledger.given(tx, applied.id)
    most = await _limit(tx, applied, Unit.POINTS, known.get((applied.id, Unit.POINTS)), limits.points, points)
    await _fill(tx, applied, most or 0, filled, now=now)


async def _limit(
    tx: Tx, applied: Applied, unit: Unit, known: Budget | None, wanted: int | None, given: int
) -> int | None:
    most = None if wanted is None else max(wanted, given)
    if most != (known.most if known is not None else None):
        await budgets.limit(tx, applied.id, unit, most=most, spent=given)
    return most


async def _fill(tx: Tx, applied: Applied, most: int, filled: int, *, now: datetime) -> None:
    """As many points into the budget as there may be, or the rest out of it. They only sink under one version."""
    points = most - filled
    if not points:
        return
    key = f"funded/{applied.id}/{applied.version}/{most}"
    brand, budget = ledger.brand(applied.id), ledger.budget(applied.id)
    transfer = Transfer(
        cause=key,
        campaign_id=applied.id,
        from_account=brand if points > 0 else budget,
        to_account=budget if points > 0 else brand,
        points=abs(points),
        at=now,
    )
    line = Line(key=key, kind=Kind.FUNDED, at=now, campaign_id=applied.id, data={"points": points})
    await ledger.post(tx, [transfer])
    await journal.append(tx, [line], now=now)

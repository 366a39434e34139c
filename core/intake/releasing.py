"""What was held is given once what it lacked is there: by whoever brought that, and by the worker in any case."""

from datetime import datetime

from core import budgets, codes, journal, rewards, totals
from core import campaign as campaigns
from core.budgets import Unit
from core.database import Tx
from core.intake import giving
from core.intake.batch import load_due
from core.intake.take import finish
from core.rewards import Grant


async def releasable(tx: Tx) -> list[int]:
    """The campaigns in which something that was held can be given now. It costs next to nothing to ask."""
    found = {campaign_id for campaign_id, _ in await _lines(tx)}
    if not found:
        return []
    return [each.id for each in await campaigns.applied(tx) if each.id in found and each.paused_at is None]


async def release(tx: Tx, campaign_id: int, *, now: datetime, limit: int = 500) -> int:
    """Give what can be given now of what was held, the oldest first; say how many. Call it until that is none."""
    await campaigns.lock(tx, [campaign_id])
    if campaign_id not in await releasable(tx):
        return 0
    lines = [line for of, line in await _lines(tx) if of == campaign_id]
    held = await rewards.in_line(tx, campaign_id, lines, limit=limit)
    batch = await load_due(tx, [(campaign_id, grant.member_id) for grant in held], now=now)
    batch.dirty.clear()
    batch.budgets.update(await budgets.of_campaigns(tx, [campaign_id]))
    batch.standings = await totals.standings(tx, {batch.person(grant.member_id) for grant in held})
    given_before = await journal.known(tx, [f"granted/{grant.cause}" for grant in held])
    stuck = set[str | None]()
    for grant in held:
        again = f"granted/{grant.cause}" in given_before
        if grant.waits_for not in stuck and not giving.release(batch, grant, again=again):
            stuck.add(grant.waits_for)  # nobody passes the first in line
    await finish(tx, batch)
    return sum(grant.waits_for is None for grant in batch.changed_grants.values())


async def _lines(tx: Tx) -> list[tuple[int, str]]:
    """What grants wait for and is there, by campaign."""
    lines = [(campaign_id, f"codes/{pool}") for campaign_id, pool in await codes.releasable(tx)]
    for campaign_id, unit, room in await budgets.releasable(tx):
        line = f"budget/{unit}"
        first = await rewards.first_in_line(tx, campaign_id, line) if unit is Unit.POINTS else None
        if room is None or first is None or _points(first) <= room:
            lines.append((campaign_id, line))
    return lines


def _points(grant: Grant) -> int:
    return int(grant.gift or 0)

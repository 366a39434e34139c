"""A reward has been handed over: what follows from that."""

from datetime import datetime

from core import journal, rewards, totals
from core.database import Tx
from core.journal import Fact as Line
from core.journal import Kind


async def delivered(tx: Tx, cause: str, *, now: datetime) -> None:
    """Mark the reward as handed over, with its line in the journal and its place in the totals. Again is nothing.

    What was taken back meanwhile is in no total.
    """
    is_new = await rewards.deliver(tx, cause, now=now)
    grant = await rewards.get(tx, cause)
    if grant is None or not is_new:
        return
    line = Line(
        key=f"delivered/{cause}",
        kind=Kind.DELIVERED,
        at=now,
        campaign_id=grant.campaign_id,
        member_id=grant.member_id,
    )
    if grant.holds:
        await totals.add(tx, {(grant.campaign_id, "rewards.delivered"): 1})
    await journal.append(tx, [line], now=now)

"""The figures of all campaigns at once, for whoever watches over the whole system."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core import campaign as campaigns
from core import inbox, outbox, totals
from core.database import Tx, rows_of, table_of
from core.occurrences.table import OccurrenceRow

_occurrence = table_of(OccurrenceRow).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One campaign: every total that is not zero, and how often it did not do what it was to do."""

    slug: str
    state: str
    totals: Mapping[str, int]
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """All campaigns, and what waits or failed: by state."""

    campaigns: list[Counted]
    inbox: Mapping[str, int]
    outbox: Mapping[str, int]


async def everything(tx: Tx, *, now: datetime) -> Everything:
    """All figures as of `now`, from the moment that the transaction sees."""
    missed = await _missed(tx)
    counted = [
        Counted(
            slug=each.campaign.slug,
            state=each.state(now).value,
            totals=await totals.of_campaign(tx, each.id),
            missed=missed[each.id],
        )
        for each in await campaigns.applied(tx)
    ]
    return Everything(campaigns=counted, inbox=await inbox.counts(tx), outbox=await outbox.counts(tx))


async def _missed(tx: Tx) -> Counter[int]:
    """How many occurrences each campaign missed."""
    query = select(_occurrence.campaign_id, func.count().label("n")).where(_occurrence.state == "missed")
    return Counter({row.campaign_id: row.n for row in await rows_of(tx, query.group_by(_occurrence.campaign_id))})

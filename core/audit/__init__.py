"""The audit: everything that is counted, counted again from the journal alone, and compared with what was kept."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from core.audit.replay import Replay
from core.campaign.table import CampaignRow
from core.database import Tx, rows_of, table_of
from core.journal.table import FactRow
from core.ledger import balances, budget, purse
from core.referrals.table import ReferralRow
from core.rewards.table import GrantRow
from core.totals.table import StandingRow, TotalRow

AT_ONCE = 20_000

_JOURNAL = table_of(FactRow)
_READ = (
    _JOURNAL.c.id,
    _JOURNAL.c.key,
    _JOURNAL.c.campaign_id,
    _JOURNAL.c.kind,
    _JOURNAL.c.member_id,
    _JOURNAL.c.advocate_id,
    _JOURNAL.c.data,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that was kept as one thing, and is another one by the journal."""

    what: str
    kept: Any
    recomputed: Any


async def audit(tx: Tx, *, progress: Callable[[int, int], None] = lambda done, total: None) -> list[Difference]:
    """Recompute totals, standings, referrals, grants and points; say what differs. Give it one reading transaction.

    `progress` is called with the number of facts read so far, and of all.
    """
    replay = Replay()
    total = (await tx.execute(select(func.count()).select_from(_JOURNAL))).scalar_one()
    last = read = 0
    while rows := (
        await tx.execute(select(*_READ).where(_JOURNAL.c.id > last).order_by(_JOURNAL.c.id).limit(AT_ONCE))
    ).all():
        for row in rows:
            replay.take(*row[1:])
        last, read = rows[-1][0], read + len(rows)
        progress(read, total)
    slugs = {row.id: row.slug for row in await rows_of(tx, select(table_of(CampaignRow)))}
    return [
        *_compare("total", slugs, await _totals(tx), replay.totals()),
        *_compare("standing of member", slugs, await _standings(tx), replay.standings()),
        *_compare("referral of friend", slugs, await _referrals(tx), replay.referrals()),
        *_compare("grant", slugs, await _grants(tx), replay.grants()),
        *_compare("points of", {}, await _points(tx), replay.points(budget, purse)),
    ]


def _compare(
    what: str, slugs: Mapping[int, str], kept: Mapping[Any, Any], recomputed: Mapping[Any, Any]
) -> Iterator[Difference]:
    for key in sorted(kept.keys() | recomputed.keys(), key=str):
        if kept.get(key) != recomputed.get(key):
            name = f"{slugs.get(key[0], key[0])}: {what} {key[1]}" if isinstance(key, tuple) else f"{what} {key}"
            yield Difference(name, kept.get(key), recomputed.get(key))


async def _totals(tx: Tx) -> dict[tuple[int, str], int]:
    return {(row.campaign_id, row.name): row.n for row in await rows_of(tx, select(table_of(TotalRow))) if row.n}


async def _standings(tx: Tx) -> dict[tuple[int, int], tuple[int, int, int]]:
    rows = await rows_of(tx, select(table_of(StandingRow)))
    kept = {(row.campaign_id, row.member_id): (row.pending, row.qualified, row.points) for row in rows}
    return {key: standing for key, standing in kept.items() if any(standing)}


async def _referrals(tx: Tx) -> dict[tuple[int, int], tuple[int, str]]:
    rows = await rows_of(tx, select(table_of(ReferralRow)))
    return {(row.campaign_id, row.friend_id): (row.advocate_id, row.status) for row in rows}


async def _grants(tx: Tx) -> dict[str, str]:
    rows = await rows_of(tx, select(table_of(GrantRow)))
    return {row.cause: "waiting" if row.delivered_at is None else "delivered" for row in rows}


async def _points(tx: Tx) -> dict[str, int]:
    return {account: points for account, points in (await balances(tx)).items() if points}

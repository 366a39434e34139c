"""The audit: everything that is counted, counted again from the journal alone, and compared with what was kept."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from core import draws, folds
from core.audit.cascade import CascadeReplay, histograms, spread
from core.audit.giving import giving
from core.audit.replay import Replay
from core.audit.sharing import SharesReplay, kept_channels, kept_posts, kept_variants, platforms_of_chats
from core.campaign.table import CampaignRow
from core.cascade.store import any_rises, everybody
from core.cascade.table import SpreadRow
from core.database import Tx, rows_of, table_of
from core.histograms.table import CountRow
from core.journal.table import FactRow
from core.ledger import balances
from core.members.table import MemberRow
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
    _JOURNAL.c.at,
    _JOURNAL.c.code,
    _JOURNAL.c.chat_id,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that was kept as one thing, and is another one by the journal."""

    what: str
    kept: Any
    recomputed: Any


async def audit(tx: Tx, *, progress: Callable[[int, int], None] = lambda done, total: None) -> list[Difference]:
    """Recompute totals, standings, referrals, grants, points, budgets, codes, draws, cascade, shares; say what differs.

    Give it one reading transaction. The last two are compared as of the place up to which the journal has been folded.

    `progress` is called with the number of facts read so far, and of all.
    """
    replay, cascade = Replay(), CascadeReplay()
    shares = SharesReplay(await platforms_of_chats(tx))
    places = await folds.places(tx)
    folded = places["cascade"]
    total = (await tx.execute(select(func.count()).select_from(_JOURNAL))).scalar_one()
    last = read = 0
    while rows := (
        await tx.execute(select(*_READ).where(_JOURNAL.c.id > last).order_by(_JOURNAL.c.id).limit(AT_ONCE))
    ).all():
        for row in rows:
            replay.take(*row[1:7])
            if row.id <= folded and row.campaign_id is not None and row.member_id is not None:
                cascade.take(row.kind, row.at, (row.campaign_id, row.member_id), row.advocate_id, row.data)
            if row.id <= places["shares"] and row.campaign_id is not None:
                shares.take(row.campaign_id, row.kind, row.code, row.chat_id, row.data)
        last, read = rows[-1][0], read + len(rows)
        progress(read, total)
    nodes, standings, rising = cascade.nodes(), replay.standings(), await any_rises(tx)
    held = await balances(tx)
    given = await giving(tx, held)
    slugs = {row.id: row.slug for row in await rows_of(tx, select(table_of(CampaignRow)))}
    return [
        *_compare("total", slugs, await _totals(tx), replay.totals()),
        *_compare("standing of member", slugs, await _standings(tx), standings),
        *_compare("referral of friend", slugs, await _referrals(tx), replay.referrals()),
        *_compare("grant", slugs, await _grants(tx), replay.grants()),
        *_compare("points of", {}, {account: n for account, n in held.items() if n}, replay.points()),
        *_compare("giving:", slugs, given.kept, given.recomputed),
        *_compare("draw", slugs, await draws.kept(tx), await draws.recomputed(tx)),
        *_compare("person of member", {}, await _persons(tx), replay.persons()),
        *_compare("cascade of member", slugs, await _cascade(tx), nodes),
        *_compare("spread by", slugs, await _spread(tx), spread(nodes)),
        *_compare(
            "number of",
            slugs,
            _settled(await _histograms(tx), rising=rising),
            _settled(histograms(nodes, standings), rising=rising),
        ),
        *_compare("sharing of", slugs, await kept_variants(tx), shares.variants()),
        *_compare("sharing by", slugs, await kept_channels(tx), shares.channels()),
        *_compare("forwards of post", slugs, await kept_posts(tx), shares.posts()),
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
    handed = {row.cause: "waiting" if row.delivered_at is None else "delivered" for row in rows}
    held = {row.cause: "held" for row in rows if row.waits_for is not None}
    return handed | held | {row.cause: "taken back" for row in rows if row.turns % 2}


async def _persons(tx: Tx) -> dict[str, int]:
    member = table_of(MemberRow)
    rows = await rows_of(tx, select(member.c.id, member.c.merged_into).where(member.c.merged_into.is_not(None)))
    return {str(row.id): row.merged_into for row in rows}


async def _cascade(tx: Tx) -> dict[tuple[int, int], tuple[Any, ...]]:
    """What is left to be carried up is added first."""
    return {
        key: (
            node.parent,
            node.channel,
            node.depth,
            node.size,
            node.height,
            node.direct,
            node.linked_at is not None,
            int(node.arrived_at.timestamp()) if node.arrived_at is not None else None,
            node.cycle,
        )
        for key, node in (await everybody(tx)).items()
    }


async def _spread(tx: Tx) -> dict[tuple[int, str], tuple[int, int, int, int]]:
    rows = await rows_of(tx, select(table_of(SpreadRow)))
    kept = {(row.campaign_id, row.channel): (row.friends, row.advocates, row.cycles, row.cycle_seconds) for row in rows}
    return {key: counts for key, counts in kept.items() if any(counts)}


async def _histograms(tx: Tx) -> dict[tuple[int, str], int]:
    found = {}
    for row in await rows_of(tx, select(table_of(CountRow))):
        width = 32**row.level
        found[row.campaign_id, f"{row.name} from {row.at * width} by {width}"] = row.n
    return found


def _settled(counted: Mapping[tuple[int, str], int], *, rising: bool) -> dict[tuple[int, str], int]:
    """Without the sizes, as long as some are still to be told of others below."""
    return {key: n for key, n in counted.items() if not (rising and key[1].startswith("size "))}

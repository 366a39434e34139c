"""What changes when two members become one person, or two again: who is meant by a standing, a purse and a friend.

Whoever does this holds every campaign, so that nobody counts meanwhile by what was true before.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select, update

from core import campaign as campaigns
from core import journal, ledger, referrals, rewards, totals
from core.database import Tx, rows_of, table_of
from core.intake.batch import Batch, load_members
from core.intake.take import finish
from core.journal import Fact as Line
from core.journal import Kind
from core.ledger import Transfer
from core.members.persons import count_apart, count_as_one
from core.persons.table import PersonLinkRow
from core.referrals import Status
from core.totals import Standing

_LINK = table_of(PersonLinkRow)


async def hold(tx: Tx) -> None:
    """Be the only one who decides about any campaign, or applies one, until the transaction ends."""
    await campaigns.lock_all(tx)
    await campaigns.lock(tx, [each.id for each in await campaigns.applied(tx)])


async def join(tx: Tx, one: int, other: int, *, now: datetime) -> int:
    """Make one person of two members, counted once in everything. Says under which number that is kept."""
    first, second = sorted((one, other))
    row = {"first_id": first, "second_id": second, "linked_at": now}
    number = (await tx.execute(insert(_LINK).returning(_LINK.c.id), row)).scalar_one()
    await count_as_one(tx, [first, second])
    await journal.append(tx, [_line(Kind.LINKED, f"linked/{number}", first, second, now)], now=now)
    batch = await load_members(tx, {first, second}, now=now)
    batch.standings = await totals.standings(tx, [first, second])
    for (campaign_id, member_id), standing in list(batch.standings.items()):
        batch.to_recount[campaign_id, first] = "linked"
        if member_id == second:
            _add(batch.standing(campaign_id, first), standing)
            batch.standings[campaign_id, second] = batch.changed_standings[campaign_id, second] = _nothing(standing)
            _move(batch, f"linked/{number}", campaign_id, second, first, standing.points)
    await finish(tx, batch)
    return int(number)


async def part(tx: Tx, accounts: Sequence[int], *, now: datetime) -> int:
    """Make two persons of one again: each has what their own account brought and was granted. Says the same number."""
    first, second = accounts
    rows = await rows_of(tx, select(_LINK.c.id).filter_by(first_id=first, second_id=second, unlinked_at=None))
    number = rows[0].id
    await tx.execute(update(_LINK).where(_LINK.c.id == number).values(unlinked_at=now))
    await count_apart(tx, accounts)
    await journal.append(tx, [_line(Kind.UNLINKED, f"unlinked/{number}", first, second, now)], now=now)
    batch = await load_members(tx, {first, second}, now=now)
    batch.standings = await totals.standings(tx, [first, second])
    points = await _points(tx, accounts)
    for campaign_id in batch.campaigns:
        brought = await _brought(tx, campaign_id, accounts)
        for each in accounts:
            counts = brought[each]
            if counts or points[campaign_id, each] or (campaign_id, each) in batch.standings:
                standing = batch.standing(campaign_id, each)
                standing.pending, standing.qualified = counts["pending"], counts["qualified"]
                standing.points = points[campaign_id, each]
                batch.to_recount[campaign_id, each] = "unlinked"
        _move(batch, f"unlinked/{number}", campaign_id, first, second, points[campaign_id, second])
    await finish(tx, batch)
    return int(number)


def _line(kind: Kind, key: str, first: int, second: int, now: datetime) -> Line:
    return Line(key=key, kind=kind, at=now, member_id=second, data={"first": first})


def _add(standing: Standing, other: Standing) -> None:
    standing.pending += other.pending
    standing.qualified += other.qualified
    standing.points += other.points


def _nothing(standing: Standing) -> Standing:
    """It is another's now; the ranks still know of the result it had."""
    return Standing(ranked=standing.ranked)


def _move(batch: Batch, cause: str, campaign_id: int, giver: int, taker: int, points: int) -> None:
    """From one purse of the person to the other."""
    if not points:
        return
    transfer = Transfer(
        cause=f"{cause}/{campaign_id}",
        campaign_id=campaign_id,
        from_account=ledger.purse(campaign_id, giver),
        to_account=ledger.purse(campaign_id, taker),
        points=points,
        at=batch.now,
    )
    batch.new_transfers.append(transfer)
    data = {"to": taker, "points": points}
    key = f"{cause}@{campaign_id}"
    batch.record(Line(key=key, kind=Kind.MOVED, at=batch.now, campaign_id=campaign_id, member_id=giver, data=data))


async def _points(tx: Tx, accounts: Sequence[int]) -> Counter[tuple[int, int]]:
    """What each account was granted by itself and still has, by campaign."""
    holding = [grant for grant in await rewards.given_to(tx, accounts) if grant.holds and grant.held is None]
    points = await ledger.of_causes(tx, [grant.cause for grant in holding])
    found: Counter[tuple[int, int]] = Counter()
    for grant in holding:
        found[grant.campaign_id, grant.member_id] += points.get(grant.cause, 0)
    return found


async def _brought(tx: Tx, campaign_id: int, accounts: Sequence[int]) -> dict[int, Counter[str]]:
    """How many referrals of each account are pending, and how many count."""
    found: dict[int, Counter[str]] = {each: Counter() for each in accounts}
    for row in await referrals.of_advocates(tx, campaign_id, accounts):
        if row.status is Status.PENDING:
            found[row.advocate_id]["pending"] += row.n
        elif row.counts:
            found[row.advocate_id]["qualified"] += row.n
    return found

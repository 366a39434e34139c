"""Draws: their entries are frozen with the campaign's results, so that nobody can add or remove one before the drawing.

Whatever is drawn later is drawn among these, and `Draw.digest` says which they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, select

from core import campaign as campaigns
from core import referrals
from core.database import Tx, insert_rows, rows_of, table_of
from core.draws.rules import Digest, Entry, Promise, promises, tickets
from core.draws.table import DrawEntryRow, DrawRow
from core.members import accounts_of, same_person
from core.members.table import MemberRow
from core.referrals import Reason, Status
from core.referrals.table import ReferralRow

_DRAW, _ENTRY = table_of(DrawRow), table_of(DrawEntryRow)
_REFERRAL, _MEMBER = table_of(ReferralRow), table_of(MemberRow)
_AT_ONCE = 10_000

__all__ = ["Draw", "Entry", "counts", "entries", "freeze", "kept", "of_campaign", "recomputed", "tickets_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A draw whose entries are frozen. `digest`: SHA-256 over them, see `core.draws.rules.Digest`."""

    reward: str
    winners: int
    entries: int
    digest: str
    frozen_at: datetime


async def freeze(tx: Tx, campaign_id: int, *, now: datetime) -> list[Draw]:
    """Freeze who is in each of the campaign's draws: a ticket for each friend who counts and came under its promise.

    What is frozen stays as it is. Whoever calls this holds the campaign.
    """
    known = {each.reward for each in await of_campaign(tx, campaign_id)}
    for promise in await _promises(tx, campaign_id):
        if promise.reward not in known:
            await _freeze(tx, campaign_id, promise, now=now)
    return await of_campaign(tx, campaign_id)


async def of_campaign(tx: Tx, campaign_id: int) -> list[Draw]:
    """The campaign's draws whose entries are frozen."""
    shown = (_DRAW.c[name] for name in Draw.__slots__)
    query = select(*shown).where(_DRAW.c.campaign_id == campaign_id).order_by(_DRAW.c.reward)
    return [Draw(**row._mapping) for row in await rows_of(tx, query)]


async def entries(tx: Tx, campaign_id: int, reward: str, *, after: int = -1, limit: int) -> list[Entry]:
    """The tickets of a draw, in their order, after a number."""
    query = (
        select(_ENTRY.c.number, _ENTRY.c.member_id, _ENTRY.c.friend_id)
        .where(_ENTRY.c.campaign_id == campaign_id, _ENTRY.c.reward == reward, _ENTRY.c.number > after)
        .order_by(_ENTRY.c.number)
        .limit(limit)
    )
    return [Entry(number=row[0], member=row[1], friend=row[2]) for row in await rows_of(tx, query)]


async def tickets_of(tx: Tx, campaign_id: int, member_id: int) -> dict[str, int]:
    """How many tickets the person has in each draw: those frozen, or what they would be now."""
    theirs = (_ENTRY.c.campaign_id == campaign_id, _ENTRY.c.member_id.in_(same_person(member_id)))
    counted = select(_ENTRY.c.reward, func.count().label("n")).where(*theirs).group_by(_ENTRY.c.reward)
    frozen = {each.reward: 0 for each in await of_campaign(tx, campaign_id)}
    found = {**frozen, **{row.reward: row.n for row in await rows_of(tx, counted)}}
    open_ = [each for each in await _promises(tx, campaign_id) if each.reward not in found]
    if open_:
        brought = await referrals.of_advocates(tx, campaign_id, await accounts_of(tx, member_id))
        for each in open_:
            found[each.reward] = sum(one.n for one in brought if one.counts and one.version in each.versions)
    return found


async def kept(tx: Tx) -> dict[tuple[int, str], tuple[int, str]]:
    """How many entries each draw was frozen with, and what they add up to; by (campaign, reward)."""
    rows = await rows_of(tx, select(_DRAW.c.campaign_id, _DRAW.c.reward, _DRAW.c.entries, _DRAW.c.digest))
    return {(campaign_id, reward): (number, digest) for campaign_id, reward, number, digest in rows}


async def recomputed(tx: Tx) -> dict[tuple[int, str], tuple[int, str]]:
    """The same, from the entries as they are now."""
    found = {}
    for campaign_id, reward in await kept(tx):
        digest, total, after = Digest(), 0, -1
        while piece := await entries(tx, campaign_id, reward, after=after, limit=_AT_ONCE):
            digest.add(piece)
            total, after = total + len(piece), piece[-1].number
        found[campaign_id, reward] = (total, digest.told())
    return found


def counts() -> ColumnElement[bool]:
    """For a query: that a referral counts for the advocate."""
    settled = _REFERRAL.c.status.in_([Status.QUALIFIED.value, Status.REWARDED.value])
    return settled & (_REFERRAL.c.reason != Reason.OVER_LIMIT.value)


async def _promises(tx: Tx, campaign_id: int) -> list[Promise]:
    versions = (await campaigns.versions(tx, [campaign_id])).get(campaign_id, [])
    return promises([(each.number, each.campaign) for each in versions])


async def _freeze(tx: Tx, campaign_id: int, promise: Promise, *, now: datetime) -> None:
    digest, number, after = Digest(), 0, 0
    while friends := await _friends(tx, campaign_id, promise.versions, after):
        found = tickets(friends, first=number)
        digest.add(found)
        await _keep(tx, campaign_id, promise.reward, found)
        number, after = number + len(found), found[-1].friend
    told = {"winners": promise.winners, "entries": number, "digest": digest.told(), "frozen_at": now}
    await tx.execute(insert(_DRAW), {"campaign_id": campaign_id, "reward": promise.reward, **told})


async def _friends(tx: Tx, campaign_id: int, versions: frozenset[int], after: int) -> list[tuple[int, int]]:
    """The next friends who count, with the persons who brought them."""
    query = (
        select(_REFERRAL.c.friend_id, func.coalesce(_MEMBER.c.merged_into, _MEMBER.c.id))
        .join_from(_REFERRAL, _MEMBER, _MEMBER.c.id == _REFERRAL.c.advocate_id)
        .where(_REFERRAL.c.campaign_id == campaign_id, _REFERRAL.c.version.in_(sorted(versions)), counts())
        .where(_REFERRAL.c.friend_id > after)
        .order_by(_REFERRAL.c.friend_id)
        .limit(_AT_ONCE)
    )
    return [(friend, member) for friend, member in await rows_of(tx, query)]


async def _keep(tx: Tx, campaign_id: int, reward: str, found: Sequence[Entry]) -> None:
    rows: Iterator[tuple[int, str, int, int, int]] = (
        (campaign_id, reward, each.number, each.member, each.friend) for each in found
    )
    await insert_rows(tx, _ENTRY, ("campaign_id", "reward", "number", "member_id", "friend_id"), rows)

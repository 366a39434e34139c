"""What the best advocates of a campaign were promised, given when its standings are final."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core import campaign as campaigns
from core import draws, members, rewards, totals
from core.campaign import Version
from core.campaign.values import Reward
from core.database import Tx, rows_of, table_of
from core.intake.batch import Batch, load_due
from core.intake.giving import give
from core.intake.take import finish
from core.members import Member
from core.members.table import MemberRow
from core.referrals.table import ReferralRow
from core.rewards import KINDS, Owed
from core.totals.table import StandingRow

_REFERRAL, _MEMBER, _STANDING = table_of(ReferralRow), table_of(MemberRow), table_of(StandingRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Won:
    """Somebody's place, what they were granted for it, and how many points of that."""

    place: int
    member: Member
    rewards: tuple[str, ...]
    points: int


async def give_top(tx: Tx, campaign_id: int, *, now: datetime) -> list[Won]:
    """Grant what the best were promised, once. Whoever calls this holds the campaign.

    The most qualified referrals win, then the most points; of equals, whoever reached that result first, by the time at
    which their last friend qualified; then who was known first. So a reward for the three best is given three times.
    """
    versions = (await campaigns.versions(tx, [campaign_id])).get(campaign_id, [])
    promised = on_top(versions, await _came_under(tx, campaign_id))
    if not promised:
        return []
    best = await _best(tx, campaign_id, limit=max(reward.top or 0 for reward in promised))
    batch = await _load(tx, campaign_id, best, now=now)
    slug = batch.campaigns[campaign_id].campaign.slug
    earned = {
        place: [_owed(slug, reward, member) for reward in promised if reward.top and place <= reward.top]
        for place, member in enumerate(best, 1)
    }
    known = await rewards.granted(tx, [owed.cause for each in earned.values() for owed in each])
    new = {place: [owed for owed in each if owed.cause not in known] for place, each in earned.items()}
    for owed in (owed for each in new.values() for owed in each):
        give(batch, campaign_id, owed)
    await finish(tx, batch)
    return [_won(batch, place, best[place - 1], owed) for place, owed in new.items()]


def on_top(versions: Sequence[Version], came_under: Collection[int]) -> list[Reward]:
    """What the best are promised now, and what they were when any of the friends who count came; as worded last."""
    current = versions[-1].number if versions else None
    promising = (each for each in versions if each.number == current or each.number in came_under)
    found = {reward.id: reward for each in promising for reward in each.campaign.rewards if reward.top is not None}
    return list(found.values())


async def _came_under(tx: Tx, campaign_id: int) -> set[int]:
    """The versions of the rules under which friends who count came."""
    query = select(_REFERRAL.c.version).where(_REFERRAL.c.campaign_id == campaign_id, draws.counts()).distinct()
    return {row.version for row in await rows_of(tx, query)}


async def _best(tx: Tx, campaign_id: int, *, limit: int) -> list[int]:
    """The persons on top, in their order."""
    person = func.coalesce(_MEMBER.c.merged_into, _MEMBER.c.id)
    reached = (
        select(person.label("person"), func.max(_REFERRAL.c.qualified_at).label("at"))
        .join_from(_REFERRAL, _MEMBER, _MEMBER.c.id == _REFERRAL.c.advocate_id)
        .where(_REFERRAL.c.campaign_id == campaign_id, draws.counts())
        .group_by(person)
        .subquery()
    )
    order = (_STANDING.c.qualified.desc(), _STANDING.c.points.desc(), reached.c.at, _STANDING.c.member_id)
    query = (
        select(_STANDING.c.member_id)
        .join_from(_STANDING, reached, reached.c.person == _STANDING.c.member_id)
        .where(_STANDING.c.campaign_id == campaign_id, _STANDING.c.qualified > 0)
    )
    return [row.member_id for row in await rows_of(tx, query.order_by(*order).limit(limit))]


async def _load(tx: Tx, campaign_id: int, best: Sequence[int], *, now: datetime) -> Batch:
    """What granting needs to know of them; their own referrals are not judged anew for that."""
    batch = await load_due(tx, [(campaign_id, member) for member in best], now=now)
    batch.dirty.clear()
    accounts = {account for member in best for account in batch.accounts(member)}
    batch.members.update(await members.by_id(tx, accounts - batch.members.keys()))
    batch.standings.update(await totals.standings(tx, map(batch.person, best)))
    return batch


def _owed(slug: str, reward: Reward, member: int) -> Owed:
    return Owed(cause=f"{slug}/{reward.id}/{member}/1", member=member, reward=reward)


def _won(batch: Batch, place: int, member_id: int, given: Sequence[Owed]) -> Won:
    there = [owed for owed in given if owed.reward.kind in KINDS and not batch.is_held(owed.cause)]
    points = sum(KINDS[owed.reward.kind](owed.reward).points for owed in there)
    member = batch.reachable(member_id) or batch.members[member_id]
    return Won(place=place, member=member, rewards=tuple(owed.reward.id for owed in given), points=points)

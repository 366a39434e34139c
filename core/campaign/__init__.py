"""Campaigns that have been applied: every version of them, and where each is in its life."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, insert, select, update

from core.campaign import rules
from core.campaign.table import CampaignRow, CampaignVersionRow
from core.campaign.values import Campaign, State, decode, encode
from core.database import Tx, is_shared, lock_table, rows_among, rows_kept, rows_of, table_of

_CAMPAIGN = table_of(CampaignRow)
_VERSION = table_of(CampaignVersionRow)
_VERSIONS = select(_VERSION).order_by(_VERSION.c.version)
_CURRENT = (
    select(_CAMPAIGN, _VERSION.c.content)
    .join(_VERSION, (_VERSION.c.campaign_id == _CAMPAIGN.c.id) & (_VERSION.c.version == _CAMPAIGN.c.version))
    .order_by(_CAMPAIGN.c.id)
)
_LARGEST = 2**31 - 1
"""No campaign has a larger number: the database could not hold it."""

_LOCKED = select(_CAMPAIGN.c.id).order_by(_CAMPAIGN.c.id).with_for_update(key_share=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A campaign as it stands in the system: its current version, and what was done to it since."""

    id: int
    version: int
    campaign: Campaign
    paused_at: datetime | None
    stopped_at: datetime | None

    @property
    def ends_at(self) -> datetime | None:
        """When it is over, None if nobody knows yet."""
        return rules.ends_at(self.campaign.window, self.stopped_at)

    @property
    def results_at(self) -> datetime | None:
        """When its standings are final, None if nobody knows yet."""
        return rules.results_at(self.campaign, self.ends_at)

    def is_open(self, at: datetime) -> bool:
        """Whether what happened at that time counts for it."""
        return rules.is_open(self.campaign.window, self.stopped_at, at=at)

    def state(self, now: datetime) -> State:
        """Where it is in its life as of `now`."""
        return rules.state(self.campaign.window, paused_at=self.paused_at, stopped_at=self.stopped_at, now=now)


@dataclass(frozen=True, slots=True)
class Version:
    """What a campaign promised from `applied_at` on."""

    number: int
    campaign: Campaign
    applied_at: datetime


async def applied(tx: Tx) -> list[Applied]:
    """Every campaign, oldest first."""
    return [_applied(row) for row in await rows_kept(tx, _CURRENT)]


async def by_slug(tx: Tx, slug: str) -> Applied | None:
    """The campaign with this id in its file."""
    rows = await rows_of(tx, _CURRENT.where(_CAMPAIGN.c.slug == slug))
    return _applied(rows[0]) if rows else None


async def lock(tx: Tx, ids: Iterable[int]) -> None:
    """Be the only one who decides about these campaigns until the transaction ends. Whatever number is asked for."""
    if is_shared(tx):
        await rows_among(tx, _LOCKED, _CAMPAIGN.c.id, {each for each in ids if each <= _LARGEST})


async def lock_all(tx: Tx) -> None:
    """Be the only one who applies campaigns, pauses or resumes them until the transaction ends."""
    await lock_table(tx, _CAMPAIGN)


async def versions(tx: Tx, campaign_ids: Iterable[int] | None = None) -> dict[int, list[Version]]:
    """Every version of these campaigns, or of all, oldest first."""
    found: dict[int, list[Version]] = {}
    for row in (
        await rows_kept(tx, _VERSIONS)
        if campaign_ids is None
        else await rows_among(tx, _VERSIONS, _VERSION.c.campaign_id, set(campaign_ids))
    ):
        found.setdefault(row.campaign_id, []).append(Version(row.version, _decode(row.content), row.applied_at))
    return found


async def keep(tx: Tx, campaign: Campaign, *, now: datetime) -> Applied:
    """Make this the campaign's current version; the same content again changes nothing."""
    known = await by_slug(tx, campaign.slug)
    if known is None:
        made = await tx.execute(insert(_CAMPAIGN).returning(_CAMPAIGN.c.id), {"slug": campaign.slug, "version": 1})
        campaign_id, version = made.scalar_one(), 1
    elif known.campaign == campaign:
        return known
    else:
        campaign_id, version = known.id, known.version + 1
        await tx.execute(update(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign_id).values(version=version))
    row = {"campaign_id": campaign_id, "version": version, "content": encode(campaign), "applied_at": now}
    await tx.execute(insert(_VERSION), row)
    kept = await by_slug(tx, campaign.slug)
    assert kept is not None
    return kept


async def pause(tx: Tx, campaign_id: int, *, now: datetime) -> None:
    """Nothing qualifies and nothing is rewarded until `resume`; facts are still taken in."""
    where = (_CAMPAIGN.c.id == campaign_id, _CAMPAIGN.c.paused_at.is_(None))
    await tx.execute(update(_CAMPAIGN).where(*where).values(paused_at=now))


async def resume(tx: Tx, campaign_id: int) -> None:
    """Go on after a pause. Whoever calls this also wakes the campaign's referrals (`referrals.wake`)."""
    await tx.execute(update(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign_id).values(paused_at=None))


def _applied(row: Row[Any]) -> Applied:
    return Applied(
        id=row.id,
        version=row.version,
        campaign=_decode(row.content),
        paused_at=row.paused_at,
        stopped_at=row.stopped_at,
    )


_decode = lru_cache(maxsize=256)(decode)

"""Rewards: what is owed, granted once under a cause that is always spelled the same, and handed over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from core.database import Tx, rows_among, rows_of, table_of
from core.rewards.kinds import KINDS, Handing
from core.rewards.rules import Owed, owed
from core.rewards.table import GrantRow

_GRANT = table_of(GrantRow)
_CAUSES = select(_GRANT.c.cause)
_WAITING = select(_GRANT).where(_GRANT.c.delivered_at.is_(None))

__all__ = ["KINDS", "Grant", "Handing", "Owed", "deliver", "get", "grant", "granted", "of_member", "owed", "waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A reward that has been granted; `delivered_at` is None until it has been handed over."""

    cause: str
    campaign_id: int
    member_id: int
    reward: str
    kind: str
    granted_at: datetime
    delivered_at: datetime | None


async def granted(tx: Tx, causes: Iterable[str]) -> set[str]:
    """Those of these causes that have been granted already."""
    return {row.cause for row in await rows_among(tx, _CAUSES, _GRANT.c.cause, set(causes))}


async def get(tx: Tx, cause: str) -> Grant | None:
    """The reward granted under this cause."""
    rows = await rows_of(tx, select(_GRANT).where(_GRANT.c.cause == cause))
    return Grant(**rows[0]._mapping) if rows else None


async def grant(tx: Tx, grants: Sequence[Grant]) -> None:
    """Grant these. A cause that has been granted already is an error: whoever grants looks first."""
    if grants:
        names = Grant.__slots__
        await tx.execute(insert(_GRANT), [{name: getattr(each, name) for name in names} for each in grants])


async def deliver(tx: Tx, cause: str, *, now: datetime) -> bool:
    """Mark it handed over; False if it was so already."""
    where = (_GRANT.c.cause == cause, _GRANT.c.delivered_at.is_(None))
    return bool((await tx.execute(update(_GRANT).where(*where).values(delivered_at=now))).rowcount)


async def of_member(tx: Tx, member_id: int) -> list[Grant]:
    """Everything granted to the member, oldest first."""
    query = select(_GRANT).where(_GRANT.c.member_id == member_id).order_by(_GRANT.c.granted_at, _GRANT.c.cause)
    return [Grant(**row._mapping) for row in await rows_of(tx, query)]


async def waiting(tx: Tx, member_ids: Iterable[int]) -> list[Grant]:
    """What these members have been granted and not been handed yet."""
    return [Grant(**row._mapping) for row in await rows_among(tx, _WAITING, _GRANT.c.member_id, set(member_ids))]

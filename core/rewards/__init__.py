"""Rewards: what is owed, granted once under a cause that is always spelled the same, and handed over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from core.database import Tx, among, lock_rows, rows_among, rows_of, table_of
from core.members import same_person
from core.rewards.kinds import KINDS, Handing
from core.rewards.rules import Owed, owed, reached
from core.rewards.table import GrantRow

_GRANT = table_of(GrantRow)
_CAUSES = select(_GRANT.c.cause, _GRANT.c.turns)
_WAITING = select(_GRANT).where(_GRANT.c.delivered_at.is_(None), _GRANT.c.turns % 2 == 0)

__all__ = [
    "KINDS",
    "Grant",
    "Handing",
    "Owed",
    "deliver",
    "get",
    "given_to",
    "grant",
    "granted",
    "of_member",
    "owed",
    "reached",
    "turn",
    "waiting",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A reward that has been granted; `delivered_at` is None until it has been handed over.

    `turns`: how often it was taken back or given again. What was handed over may stay with the member all the same.
    """

    cause: str
    campaign_id: int
    member_id: int
    reward: str
    kind: str
    granted_at: datetime
    delivered_at: datetime | None
    turns: int = 0

    @property
    def holds(self) -> bool:
        """Whether it has not been taken back."""
        return self.turns % 2 == 0

    @property
    def step(self) -> int:
        """For which time the member was granted this reward."""
        return int(self.cause.rpartition("/")[2])


async def granted(tx: Tx, causes: Iterable[str]) -> dict[str, bool]:
    """Those of these causes that have been granted already, and whether that holds: it may have been taken back."""
    return {row.cause: row.turns % 2 == 0 for row in await rows_among(tx, _CAUSES, _GRANT.c.cause, set(causes))}


async def get(tx: Tx, cause: str) -> Grant | None:
    """The reward granted under this cause."""
    rows = await rows_of(tx, select(_GRANT).where(_GRANT.c.cause == cause))
    return Grant(**rows[0]._mapping) if rows else None


async def grant(tx: Tx, grants: Sequence[Grant]) -> None:
    """Grant these. A cause that has been granted already is an error: whoever grants looks first."""
    if grants:
        names = Grant.__slots__
        await tx.execute(insert(_GRANT), [{name: getattr(each, name) for name in names} for each in grants])


_TURN = update(_GRANT).where(_GRANT.c.cause == bindparam("of_cause")).values(turns=bindparam("now"))


async def deliver(tx: Tx, cause: str, *, now: datetime) -> bool:
    """Mark it handed over; False if it was so already."""
    where = (_GRANT.c.cause == cause, _GRANT.c.delivered_at.is_(None))
    return bool((await tx.execute(update(_GRANT).where(*where).values(delivered_at=now))).rowcount)


async def of_member(tx: Tx, member_id: int) -> list[Grant]:
    """Everything that the person was granted, by whichever account, and that was not taken back; oldest first."""
    theirs = (_GRANT.c.member_id.in_(same_person(member_id)), _GRANT.c.turns % 2 == 0)
    query = select(_GRANT).where(*theirs).order_by(_GRANT.c.granted_at, _GRANT.c.cause)
    return [Grant(**row._mapping) for row in await rows_of(tx, query)]


async def given_to(tx: Tx, member_ids: Iterable[int]) -> list[Grant]:
    """Everything these members were ever granted, each by their own account; in the order of the steps.

    Nobody can mark any of it as delivered until the transaction ends.
    """
    theirs = select(_GRANT).where(among(tx, _GRANT.c.member_id, set(member_ids))).order_by(_GRANT.c.cause)
    rows = await rows_of(tx, lock_rows(tx, theirs))
    return sorted((Grant(**row._mapping) for row in rows), key=lambda grant: grant.step)


async def turn(tx: Tx, changed: Iterable[Grant]) -> None:
    """Keep how often these were taken back and given again."""
    rows = [{"of_cause": grant.cause, "now": grant.turns} for grant in changed]
    if rows:
        await tx.execute(_TURN, rows)


async def waiting(tx: Tx, member_ids: Iterable[int]) -> list[Grant]:
    """What these members have been granted and not been handed yet."""
    return [Grant(**row._mapping) for row in await rows_among(tx, _WAITING, _GRANT.c.member_id, set(member_ids))]

"""Rewards: what is owed, granted once under a cause that is always spelled the same, and handed over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import select, update

from core.database import Tx, among, change_rows, insert_rows, lock_rows, rows_among, rows_of, spelled, table_of
from core.members import same_person
from core.rewards.kinds import KINDS, Handing
from core.rewards.rules import Owed, owed, reached
from core.rewards.table import GrantRow

_GRANT = table_of(GrantRow)
_CAUSES = select(_GRANT.c.cause, _GRANT.c.turns)
_HOLDS = _GRANT.c.turns % 2 == 0
_OPEN = (_GRANT.c.delivered_at.is_(None), _GRANT.c.waits_for.is_(None), _HOLDS)
_BY_DOORS = (_GRANT.c.kind != spelled("by_hand"), _GRANT.c.kind != spelled("webhook"))
_WAITING = select(_GRANT).where(*_OPEN, *_BY_DOORS)

__all__ = [
    "KINDS",
    "Grant",
    "Handing",
    "Owed",
    "by_hand",
    "change",
    "deliver",
    "first_in_line",
    "get",
    "given_to",
    "grant",
    "granted",
    "in_line",
    "keep_gift",
    "of_member",
    "owed",
    "reached",
    "waiting",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A reward that has been granted; `delivered_at` is None until it has been handed over.

    `turns`: how often it was taken back or given again. What was handed over may stay with the member all the same.
    `gift`: what exactly is handed over, such as a code; the same however often it is brought. `waits_for`: what is
    lacking, and nothing is given until it is there: codes (`codes/POOL`), or room in a budget (`budget/UNIT`).
    """

    cause: str
    campaign_id: int
    member_id: int
    reward: str
    kind: str
    granted_at: datetime
    delivered_at: datetime | None
    turns: int = 0
    gift: str | None = None
    waits_for: str | None = None

    @property
    def holds(self) -> bool:
        """Whether it has not been taken back."""
        return self.turns % 2 == 0

    @property
    def held(self) -> str | None:
        """Why it is not given yet: `codes` or `budget`. None: nothing is lacking."""
        return self.waits_for and self.waits_for.partition("/")[0]

    @property
    def step(self) -> int:
        """For which time the member was granted this reward."""
        return int(self.cause.rpartition("/")[2])


_NAMES = Grant.__slots__
_values = attrgetter(*_NAMES)


async def granted(tx: Tx, causes: Iterable[str]) -> dict[str, bool]:
    """Those of these causes that have been granted already, and whether that holds: it may have been taken back."""
    return {row.cause: row.turns % 2 == 0 for row in await rows_among(tx, _CAUSES, _GRANT.c.cause, set(causes))}


async def get(tx: Tx, cause: str) -> Grant | None:
    """The reward granted under this cause."""
    rows = await rows_of(tx, select(_GRANT).where(_GRANT.c.cause == cause))
    return Grant(**rows[0]._mapping) if rows else None


async def grant(tx: Tx, grants: Iterable[Grant]) -> None:
    """Grant these. A cause that has been granted already is an error: whoever grants looks first."""
    await insert_rows(tx, _GRANT, _NAMES, map(_values, grants))


async def change(tx: Tx, grants: Iterable[Grant]) -> None:
    """Keep what has changed of these: turns, gifts, what they wait for, whether they are delivered."""
    names = ("turns", "gift", "waits_for", "delivered_at")
    rows = ((each.cause, each.turns, each.gift, each.waits_for, each.delivered_at) for each in grants)
    await change_rows(tx, _GRANT, names, rows, key=("cause",))


async def deliver(tx: Tx, cause: str, *, now: datetime) -> bool:
    """Mark it handed over; False if it was so already."""
    where = (_GRANT.c.cause == cause, _GRANT.c.delivered_at.is_(None))
    return bool((await tx.execute(update(_GRANT).where(*where).values(delivered_at=now))).rowcount)


async def keep_gift(tx: Tx, cause: str, gift: str) -> None:
    """This is what is handed over, unless something else was kept before."""
    where = (_GRANT.c.cause == cause, _GRANT.c.gift.is_(None))
    await tx.execute(update(_GRANT).where(*where).values(gift=gift))


async def of_member(tx: Tx, member_id: int) -> list[Grant]:
    """Everything that the person was granted, by whichever account, and that was not taken back; oldest first.

    What is held is among it.
    """
    theirs = (_GRANT.c.member_id.in_(same_person(member_id)), _HOLDS)
    query = select(_GRANT).where(*theirs).order_by(_GRANT.c.granted_at, _GRANT.c.cause)
    return [Grant(**row._mapping) for row in await rows_of(tx, query)]


async def given_to(tx: Tx, member_ids: Iterable[int]) -> list[Grant]:
    """Everything these members were ever granted, each by their own account; in the order of the steps.

    Nobody can mark any of it as delivered until the transaction ends.
    """
    theirs = select(_GRANT).where(among(tx, _GRANT.c.member_id, set(member_ids))).order_by(_GRANT.c.cause)
    rows = await rows_of(tx, lock_rows(tx, theirs))
    return sorted((Grant(**row._mapping) for row in rows), key=lambda grant: grant.step)


async def lost(tx: Tx, campaign_id: int, member_id: int) -> list[Grant]:
    """What the person had in this campaign, by whichever account, and was taken back."""
    theirs = (_GRANT.c.member_id.in_(same_person(member_id)), _GRANT.c.campaign_id == campaign_id, ~_HOLDS)
    return [Grant(**row._mapping) for row in await rows_of(tx, select(_GRANT).where(*theirs))]


async def waiting(tx: Tx, member_ids: Iterable[int]) -> list[Grant]:
    """What these members have been granted and a door has not brought them yet."""
    return [Grant(**row._mapping) for row in await rows_among(tx, _WAITING, _GRANT.c.member_id, set(member_ids))]


async def by_hand(tx: Tx, campaign_id: int, *, limit: int) -> list[Grant]:
    """What the campaign's organizers still have to hand over, oldest first."""
    query = select(_GRANT).where(_GRANT.c.campaign_id == campaign_id, _GRANT.c.kind == spelled("by_hand"), *_OPEN)
    rows = await rows_of(tx, query.order_by(_GRANT.c.granted_at, _GRANT.c.cause).limit(limit))
    return [Grant(**row._mapping) for row in rows]


async def in_line(tx: Tx, campaign_id: int, lines: Sequence[str], *, limit: int) -> list[Grant]:
    """What is held until one of these is there, the oldest first: so many of each."""
    found: list[Grant] = []
    for line in lines:
        theirs = (_GRANT.c.campaign_id == campaign_id, _GRANT.c.waits_for == line, _HOLDS)
        query = select(_GRANT).where(*theirs).order_by(_GRANT.c.granted_at, _GRANT.c.cause).limit(limit)
        found += [Grant(**row._mapping) for row in await rows_of(tx, query)]
    return found


async def first_in_line(tx: Tx, campaign_id: int, line: str) -> Grant | None:
    """The oldest that is held until this is there."""
    return next(iter(await in_line(tx, campaign_id, [line], limit=1)), None)

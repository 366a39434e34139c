"""What must still go out: written with the change that causes it, removed when it has been handed over.

A worker claims a row in one transaction, sends it outside of any, and says in another one how that went. Whoever stays
silent longer than its claim loses it to the next worker, which sees `attempts > 1`: it is not known whether the first
one sent it. What a late worker says then is not heard.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import ColumnElement, case, delete, func, null, select, update

from core.database import Conflict, Tx, among, as_note, insert_rows, lock_rows, rows_of, spelled, table_of
from core.outbox.replaying import REPLAYABLE
from core.outbox.table import OutboxRow
from core.outbox.withdrawing import drop_news as drop_news
from core.outbox.withdrawing import under_way as under_way
from core.outbox.withdrawing import withdraw as withdraw

FAILURES_KEPT_FOR = timedelta(days=30)

_outbox = table_of(OutboxRow)
_column = _outbox.c
_open = _column.state != spelled("failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Something to hand over through a door. The key is spelled the same every time: it goes out once."""

    key: str
    door: str
    address: int
    kind: str
    content: dict[str, Any]
    due_at: datetime
    grant_cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Something that this worker may send until its claim is over. `attempts` counts this one."""

    id: int
    claim: int
    key: str
    address: int
    kind: str
    content: dict[str, Any]
    attempts: int
    grant_cause: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that will not be sent, without its content."""

    id: int
    key: str
    door: str
    kind: str
    error: str
    attempts: int
    grant_cause: str | None


async def put(tx: Tx, items: Sequence[Outgoing]) -> None:
    """Let these go out. One whose key is still there is left as it is, also if it failed."""
    names = (*Outgoing.__slots__, "state", "claims", "attempts")
    rows = ((*_values(item), "waiting", 0, 0) for item in items)
    await insert_rows(tx, _outbox, names, rows, conflict=Conflict.SKIP)


_values = attrgetter(*Outgoing.__slots__)


async def claim(
    tx: Tx,
    door: str,
    *,
    now: datetime,
    limit: int,
    lease: timedelta,
    each: int | None = None,
    without: Collection[int] = (),
) -> list[Claimed]:
    """What this worker is to send now, the oldest due first; nobody else gets it before `now + lease`.

    Includes what another worker claimed and said nothing about in time. `each`: at most so many for one address;
    `without`: nothing for these addresses.
    """
    due = (*_waits(tx, door, without), _column.due_at <= now)
    if each is not None:
        due = (*due, among(tx, _column.id, await _some_of_each(tx, due, limit, each)))
    oldest = select(_outbox).where(*due).order_by(_column.due_at, _column.id).limit(limit)
    rows = await rows_of(tx, lock_rows(tx, oldest, skip=True))
    if not rows:
        return []
    sending = {"state": "sending", "due_at": now + lease, "claims": _column.claims + 1}
    mine = among(tx, _column.id, [row.id for row in rows])
    await tx.execute(update(_outbox).where(mine).values(**sending, attempts=_column.attempts + 1))
    return [
        Claimed(
            id=row.id,
            claim=row.claims + 1,
            key=row.key,
            address=row.address,
            kind=row.kind,
            content=row.content,
            attempts=row.attempts + 1,
            grant_cause=row.grant_cause,
        )
        for row in rows
    ]


async def done(tx: Tx, claimed: Claimed) -> bool:
    """It was handed over: remove it. False, and nothing done, if the claim was lost."""
    return (await tx.execute(delete(_outbox).where(*_held(claimed)))).rowcount == 1


async def later(tx: Tx, claimed: Claimed, *, due_at: datetime, error: str | None = None, counts: bool = True) -> bool:
    """It was surely not handed over: try again then. With `counts=False` this was no attempt, only a wait.

    False, and nothing done, if the claim was lost.
    """
    attempts = claimed.attempts if counts else claimed.attempts - 1
    return await _say(tx, claimed, state="waiting", due_at=due_at, attempts=attempts, error=error and as_note(error))


async def readdress(tx: Tx, claimed: Claimed, address: int, *, now: datetime) -> bool:
    """Where it should go has another number now: send it there. This was no attempt.

    False, and nothing done, if the claim was lost.
    """
    return await _say(tx, claimed, state="waiting", address=address, due_at=now, attempts=claimed.attempts - 1)


async def failed(tx: Tx, claimed: Claimed, error: str) -> bool:
    """It will not be sent. Its content is gone at once, unless it may be replayed; the rest stays for the organizer.

    False, and nothing done, if the claim was lost.
    """
    content = case((_column.door.in_(REPLAYABLE), _column.content), else_=null())
    return await _say(tx, claimed, state="failed", content=content, error=as_note(error))


async def purge(tx: Tx, *, now: datetime) -> None:
    """Forget what failed long ago."""
    await tx.execute(delete(_outbox).where(_column.state == "failed", _column.due_at <= now - FAILURES_KEPT_FOR))


async def counts(tx: Tx) -> dict[str, int]:
    """How many are waiting, being sent, and failed."""
    counted = select(_column.state, func.count().label("n")).group_by(_column.state)
    found: dict[str, int] = {row.state: row.n for row in await rows_of(tx, counted)}
    return {state: found.get(state, 0) for state in ("waiting", "sending", "failed")}


async def failures(tx: Tx, *, limit: int) -> list[Failure]:
    """What will not be sent, newest first, for the organizer."""
    shown = (_column[name] for name in Failure.__slots__)
    newest = select(*shown).where(_column.state == "failed").order_by(_column.due_at.desc(), _column.id.desc())
    return [Failure(**row._mapping) for row in await rows_of(tx, newest.limit(limit))]


async def held(tx: Tx, *, limit: int) -> list[Failure]:
    """What waits because something went wrong, newest first, for the organizer: it goes out once that is set right.

    Without what can be replayed.
    """
    shown = (_column[name] for name in Failure.__slots__)
    ours = (_column.state == "waiting", _column.error.is_not(None), _column.door.not_in(REPLAYABLE))
    troubled = select(*shown).where(*ours)
    newest = troubled.order_by(_column.due_at.desc(), _column.id.desc())
    return [Failure(**row._mapping) for row in await rows_of(tx, newest.limit(limit))]


async def next_due(tx: Tx, door: str, *, without: Collection[int] = ()) -> datetime | None:
    """When there is something to claim: the past, if already now. None: nothing is there."""
    first = select(func.min(_column.due_at)).where(*_waits(tx, door, without))
    return cast("datetime | None", (await tx.execute(first)).scalar_one())


async def _some_of_each(tx: Tx, due: Sequence[ColumnElement[bool]], limit: int, each: int) -> list[int]:
    """Among the oldest, at most so many for one address. The others are found once that one is passed over."""
    chosen: dict[int, list[int]] = {}
    oldest = select(_column.id, _column.address).where(*due).order_by(_column.due_at, _column.id).limit(limit)
    for row in await rows_of(tx, oldest):
        of_address = chosen.setdefault(row.address, [])
        if len(of_address) < each:
            of_address.append(row.id)
    return [one for of_address in chosen.values() for one in of_address]


def _waits(tx: Tx, door: str, without: Collection[int]) -> list[ColumnElement[bool]]:
    shut = [~among(tx, _column.address, without)] if without else []
    return [_column.door == door, _open, *shut]


def _held(claimed: Claimed) -> tuple[ColumnElement[bool], ...]:
    """The row, if this is still its newest claim."""
    return _column.id == claimed.id, _column.claims == claimed.claim, _column.state == "sending"


async def _say(tx: Tx, claimed: Claimed, **change: Any) -> bool:
    return (await tx.execute(update(_outbox).where(*_held(claimed)).values(**change))).rowcount == 1

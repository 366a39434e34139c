"""What has come in: kept before the platform is told that we have it, handled once, set aside when it cannot be.

A row is handled inside the transaction that took it. If that fails, everything is undone, and the row is set aside in
a transaction of its own: so it blocks no other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import delete, func, select, update

from core.database import Conflict, Tx, among, as_note, insert_rows, lock_rows, rows_of, spelled, table_of
from core.inbox.table import InboxRow

PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)
REPEATS_END_AFTER = timedelta(days=2)
"""Longer than a platform repeats an update. Telegram's limit is 24 hours."""
CONTENT_KEPT_FOR = timedelta(days=7)
FAILURES_KEPT_FOR = timedelta(days=30)

_inbox = table_of(InboxRow)
_column = _inbox.c


@dataclass(frozen=True, slots=True)
class Waiting:
    """A raw update, taken to be handled. `attempts` is how often that has failed before."""

    id: int
    key: str
    content: bytes
    attempts: int
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An update that could not be handled, without its content. It may be tried again while that is `kept`."""

    id: int
    source: str
    key: str
    error: str
    attempts: int
    received_at: datetime
    kept: bool


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to try again after this many failed attempts (1 or more); None: no more."""
    return now + PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


async def store(tx: Tx, source: str, updates: Iterable[tuple[str, bytes]], *, now: datetime) -> None:
    """Keep raw updates, each under its key. One that is there already, in whatever state, is left as it is."""
    names = ("source", "key", "content", "state", "received_at", "try_at", "attempts")
    rows = ((source, key, content, "waiting", now, now, 0) for key, content in updates)
    await insert_rows(tx, _inbox, names, rows, conflict=Conflict.SKIP)


async def take(tx: Tx, source: str, *, now: datetime, limit: int) -> list[Waiting]:
    """The oldest updates to handle now. Nobody else gets them until this transaction is over."""
    oldest = (
        select(_column.id, _column.key, _column.content, _column.attempts, _column.received_at)
        .where(_column.source == source, _column.state == spelled("waiting"), _column.try_at <= now)
        .order_by(_column.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in await rows_of(tx, lock_rows(tx, oldest, skip=True))]


async def oldest(tx: Tx, source: str) -> datetime | None:
    """When the oldest update came in that nobody has tried to handle yet."""
    first = select(func.min(_column.received_at)).where(
        _column.source == source, _column.state == spelled("waiting"), _column.attempts == 0
    )
    return cast("datetime | None", (await tx.execute(first)).scalar_one())


async def handled(tx: Tx, ids: Sequence[int]) -> None:
    """These need no more handling. Their content is gone at once; the keys stay, to know a repeat by."""
    if ids:
        these = update(_inbox).where(among(tx, _column.id, ids))
        await tx.execute(these.values(state="handled", content=None, error=None))


async def set_aside(tx: Tx, waiting: Waiting, error: str, *, now: datetime) -> None:
    """Handling failed: try again later, and after the last pause no more.

    Does nothing if somebody else has handled it, or has set it aside, since it was taken.
    """
    attempts = waiting.attempts + 1
    try_at = next_try(attempts, now)
    as_it_was = (_column.id == waiting.id, _column.state == "waiting", _column.attempts == waiting.attempts)
    change = {"state": "waiting", "try_at": try_at} if try_at else {"state": "failed"}
    await tx.execute(update(_inbox).where(*as_it_was).values(**change, attempts=attempts, error=as_note(error)))


async def purge(tx: Tx, *, now: datetime) -> None:
    """Forget what is no longer needed: what was handled, the content of failures, and at last the failures."""
    received, failed = _column.received_at, _column.state == spelled("failed")
    gone = delete(_inbox)
    await tx.execute(gone.where(_column.state == "handled", received <= now - REPEATS_END_AFTER))
    await tx.execute(gone.where(failed, received <= now - FAILURES_KEPT_FOR))
    old = (failed, received <= now - CONTENT_KEPT_FOR, _column.content.is_not(None))
    await tx.execute(update(_inbox).where(*old).values(content=None))


async def counts(tx: Tx) -> dict[str, int]:
    """How many are waiting, and how many failed. Costs the same however many have been handled."""
    return {state: await _count(tx, state) for state in ("waiting", "failed")}


async def failures(tx: Tx, *, limit: int) -> list[Failure]:
    """What could not be handled, newest first, for the organizer."""
    kept = _column.content.is_not(None).label("kept")
    newest = (
        select(_column.id, _column.source, _column.key, _column.error, _column.attempts, _column.received_at, kept)
        .where(_column.state == spelled("failed"))
        .order_by(_column.received_at.desc(), _column.id.desc())
        .limit(limit)
    )
    return [Failure(**row._mapping) for row in await rows_of(tx, newest)]


async def _count(tx: Tx, state: str) -> int:
    counted = select(func.count()).select_from(_inbox).where(_column.state == spelled(state))
    return int((await tx.execute(counted)).scalar_one())

"""What a campaign does at a time of its own: once for each due time, with any number of processes.

Whoever claims an occurrence holds its row until its transaction is over, does what is to be done in that same
transaction, and marks it. If that fails, all of it is undone; then put it `off` in another one, to let others pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, delete, func, select, update

from core.database import Tx, as_note, insert_new, lock_rows, rows_of, spelled, table_of
from core.occurrences.table import OccurrenceRow

_occurrence = table_of(OccurrenceRow)
_column = _occurrence.c
_is_due = _column.state == spelled("due")
_name = (_column.campaign_id, _column.name, _column.due_at)
_PASTS = select(*(_column[name] for name in ("name", "due_at", "state", "done_at", "note")))


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that a campaign does at one time. `note`: why it was put off, if it was; `so_far`: how far it has got,
    if it is done in portions.
    """

    campaign_id: int
    name: str
    due_at: datetime
    note: str | None = field(default=None, compare=False)
    so_far: dict[str, Any] | None = field(default=None, compare=False)

    @property
    def act(self) -> str:
        """What is done: the name's first word."""
        return self.name.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class More:
    """A portion is done, and there is more: how far it has got, for whoever does the next one."""

    so_far: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What became of it. `state`: due, done or missed; `note` says why it was missed, or put off."""

    name: str
    due_at: datetime
    state: str
    done_at: datetime | None
    note: str | None


async def expect(tx: Tx, campaign_id: int, name: str, due_at: datetime) -> None:
    """Have this happen then. If it is expected already, or over, nothing changes."""
    row = {"campaign_id": campaign_id, "name": name, "due_at": due_at, "try_at": due_at, "state": "due"}
    await insert_new(tx, _occurrence, [row])


async def expected(tx: Tx, campaign_id: int) -> list[Due]:
    """What this campaign is still to do, also what is due already, the earliest first."""
    query = select(*_name).where(_column.campaign_id == campaign_id, _is_due).order_by(_column.due_at, _column.name)
    return [Due(*row) for row in await rows_of(tx, query)]


async def drop_expected(tx: Tx, campaign_id: int, *, keep: Iterable[tuple[str, datetime]] = ()) -> None:
    """Expect nothing more of this campaign but what to `keep`, by name and due time. What is over stays."""
    kept = set(keep)
    for due in await expected(tx, campaign_id):
        if (due.name, due.due_at) not in kept:
            await tx.execute(delete(_occurrence).where(*_still(due)))


async def claim_due(tx: Tx, *, now: datetime) -> Due | None:
    """The oldest thing to do now, for this transaction alone. None: nothing is due, or others are at it."""
    due = select(*_name, _column.note, _column.so_far).where(_is_due, _column.try_at <= now)
    rows = await rows_of(tx, lock_rows(tx, due.order_by(*reversed(_name)).limit(1), skip=True))
    return Due(*rows[0]) if rows else None


async def claim(tx: Tx, due: Due) -> bool:
    """Have this one for this transaction alone; False if it is over, or others are at it."""
    return bool(await rows_of(tx, lock_rows(tx, select(_column.name).where(*_still(due)), skip=True)))


async def done(tx: Tx, due: Due, *, now: datetime, note: str | None = None) -> None:
    """It has happened, in this transaction."""
    await _mark(tx, due, state="done", done_at=now, note=note)


async def go_on(tx: Tx, due: Due, more: More) -> None:
    """A portion of it has happened, in this transaction; it stays due for the next one."""
    await tx.execute(update(_occurrence).where(*_still(due)).values(so_far=more.so_far))


async def missed(tx: Tx, due: Due, *, now: datetime, note: str) -> None:
    """It is too late for it, and the organizer is told why."""
    await _mark(tx, due, state="missed", done_at=now, note=note)


async def put_off(tx: Tx, due: Due, *, until: datetime, note: str) -> None:
    """It could not be done now: it stays due, and others go first until then."""
    await _mark(tx, due, try_at=until, note=note)


async def next_due(tx: Tx) -> datetime | None:
    """When there is something to claim: the past, if already now. None: nothing is expected."""
    first = select(func.min(_column.try_at)).where(_is_due)
    return cast("datetime | None", (await tx.execute(first)).scalar_one())


async def history(tx: Tx, campaign_id: int, *, limit: int) -> list[Past]:
    """What a campaign did, or is expected to do, the latest first."""
    latest = _PASTS.where(_column.campaign_id == campaign_id).order_by(_column.due_at.desc(), _column.name)
    return [Past(**row._mapping) for row in await rows_of(tx, latest.limit(limit))]


async def upcoming(tx: Tx, campaign_id: int, *, limit: int) -> list[Past]:
    """What a campaign is to do next, the earliest first."""
    first = _PASTS.where(_column.campaign_id == campaign_id, _is_due).order_by(_column.due_at, _column.name)
    return [Past(**row._mapping) for row in await rows_of(tx, first.limit(limit))]


async def past(tx: Tx, campaign_id: int, *, limit: int) -> list[Past]:
    """What a campaign did last, or missed, the latest first."""
    over = _PASTS.where(_column.campaign_id == campaign_id, _column.state != "due")
    latest = over.order_by(_column.due_at.desc(), _column.name)
    return [Past(**row._mapping) for row in await rows_of(tx, latest.limit(limit))]


async def names_done(tx: Tx, campaign_id: int) -> set[str]:
    """The names under which this campaign did something, at whatever time."""
    query = select(_column.name).where(_column.campaign_id == campaign_id, _column.state == "done").distinct()
    return {row.name for row in await rows_of(tx, query)}


async def last(tx: Tx, campaign_id: int, name: str) -> Due | None:
    """The latest of this name, whatever became of it."""
    latest = select(*_name).where(_column.campaign_id == campaign_id, _column.name == name)
    rows = await rows_of(tx, latest.order_by(_column.due_at.desc()).limit(1))
    return Due(*rows[0]) if rows else None


def _still(due: Due) -> tuple[ColumnElement[bool], ...]:
    """Its row, unless it is over."""
    return _column.campaign_id == due.campaign_id, _column.name == due.name, _column.due_at == due.due_at, _is_due


async def _mark(tx: Tx, due: Due, *, note: str | None, **change: Any) -> None:
    await tx.execute(update(_occurrence).where(*_still(due)).values(**change, note=note and as_note(note)))

"""What was not delivered, and may be sent again: only some doors' readers know a repeat when they see one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, select, update

from core.database import Tx, among, rows_of, table_of
from core.outbox.table import OutboxRow

REPLAYABLE = ("webhook",)
"""The doors of which what failed keeps its content, and can be sent again."""

_column = table_of(OutboxRow).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """Something that was given up. `due_at`: when its last claim ended."""

    id: int
    address: int
    content: dict[str, Any]
    attempts: int
    error: str
    due_at: datetime


async def undelivered(tx: Tx, door: str, *, limit: int) -> list[Undelivered]:
    """What was given up and can be sent again, the newest first."""
    shown = (_column[name] for name in Undelivered.__slots__)
    newest = select(*shown).where(_column.door == door, _column.state == "failed", _column.content.is_not(None))
    rows = await rows_of(tx, newest.order_by(_column.due_at.desc(), _column.id.desc()).limit(limit))
    return [Undelivered(**row._mapping) for row in rows]


async def again(
    tx: Tx, door: str, *, keys: Collection[str] | None = None, without: Collection[int] = (), now: datetime
) -> int:
    """Send what was given up once more, as if it were new: all of it, or what is under these keys. Says how many.

    `without`: not what goes to these addresses.
    """
    given_up = (_column.door == door, _column.state == "failed", _column.content.is_not(None))
    chosen = [among(tx, _column.key, keys)] if keys is not None else []
    chosen += [~among(tx, _column.address, without)] if without else []
    fresh = {"state": "waiting", "attempts": 0, "error": None, "due_at": now}
    return (await tx.execute(update(table_of(OutboxRow)).where(*given_up, *chosen).values(**fresh))).rowcount


async def content_of(tx: Tx, key: str) -> dict[str, Any] | None:
    """What is in the outbox under this key."""
    rows = await rows_of(tx, select(_column.content).where(_column.key == key))
    return cast("dict[str, Any] | None", rows[0].content) if rows else None


async def per_address(tx: Tx, door: str) -> dict[tuple[int, bool], int]:
    """How many are there for each address of a door: those that still go out (True), and those given up (False)."""
    is_open = (_column.state != "failed").label("is_open")
    counted = select(_column.address, is_open, func.count().label("n")).where(_column.door == door)
    rows = await rows_of(tx, counted.group_by(_column.address, is_open))
    return {(row.address, bool(row.is_open)): row.n for row in rows}

"""What a door gives to have its outbox brought out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from bots.exchange.errors import NotTakenError
from bots.exchange.kinds import Kind, Turn
from bots.exchange.marks import Mark, Moved, Outcome
from bots.exchange.pace import Pauses
from core.clock import Clock
from core.database import Database
from core.outbox import Claimed


class Means(Protocol):
    """What every kind of delivery works with; a door's own has its client beside these."""

    @property
    def db(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def pace(self) -> Pauses: ...


M = TypeVar("M", bound=Means)

CALLS = 20
"""Calls to a messenger at the same time."""

IN_HAND = 60
"""Rows claimed at the same time: as many as can be sent while one has patience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet(Generic[M]):
    """Where a door's messages go out, and what is particular to it.

    `door`: its name in the outbox. `closed`: what is written, as of now, about a row whose reader cannot be written to;
    the row must be done then, or come again. `moved`: what follows when a chat (old, new) has another number; the row
    is sent there in any case. `not_taken`: what becomes of a row that met a NotTakenError.

    `each`: so many rows are claimed for one address at a time, and none for one that is busy or has to wait. That is
    for readers each of whom may be slow by itself; it costs a wider look into the outbox.
    """

    door: str
    kinds: Mapping[str, Kind[M]]
    closed: Callable[[Claimed, datetime], Mark]
    moved: Moved | None = None
    not_taken: Callable[[M, Claimed, NotTakenError], Outcome] | None = None
    calls: int = CALLS
    in_hand: int = IN_HAND
    each: int | None = None

    def turn(self, row: Claimed) -> Turn:
        """When this row may go; one that nobody knows how to send waits for nothing."""
        return self.kinds[row.kind].turn if row.kind in self.kinds else Turn.AT_ONCE

    def is_for_many(self, row: Claimed) -> bool:
        """Whether nobody in particular waits for this row."""
        return row.kind in self.kinds and self.kinds[row.kind].for_many

    def overtaken(self, rows: Iterable[Claimed]) -> list[Claimed]:
        """Those of these rows, given oldest first, that need not be sent because a newer one takes their place."""
        one_each = [row for row in rows if row.kind in self.kinds and self.kinds[row.kind].only_newest]
        newest = {(row.kind, row.address): row.id for row in one_each}
        return [row for row in one_each if newest[row.kind, row.address] != row.id]

"""What is written about a row after it was tried. Each is the work of one short transaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bots.exchange.errors import MovedError, RefusedTokenError
from bots.exchange.kinds import After
from core import outbox
from core.database import Tx
from core.intake.deliver import delivered
from core.outbox import Claimed

Mark: TypeAlias = Callable[[Tx], Awaitable[object]]
Moved: TypeAlias = Callable[[Tx, int, int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to write about the row. `again_at`: it comes again, and its chat's later messages stay behind it."""

    mark: Mark
    is_done: bool = False
    again_at: datetime | None = None
    refused: RefusedTokenError | None = None


def done(row: Claimed, after: After | None, *, now: datetime) -> Mark:
    """It was handed over, and with it the reward that it carries.

    That is so even if the claim was lost meanwhile. The row comes last, as it does for those who fill the outbox.
    """

    async def mark(tx: Tx) -> None:
        if after is not None:
            await after(tx)
        if row.grant_cause is not None:
            await delivered(tx, row.grant_cause, now=now)
        await outbox.done(tx, row)

    return mark


def later(row: Claimed, due_at: datetime, *, error: str | None = None, counts: bool = False) -> Mark:
    """It is tried again then."""
    return lambda tx: outbox.later(tx, row, due_at=due_at, error=error, counts=counts)


def all_later(rows: Sequence[Claimed], due_at: datetime) -> Mark:
    """Their turn has not come: they are tried then."""

    async def mark(tx: Tx) -> None:
        for row in rows:
            await outbox.later(tx, row, due_at=due_at, counts=False)

    return mark


def all_dropped(rows: Sequence[Claimed]) -> Mark:
    """Nobody wants them any more."""

    async def mark(tx: Tx) -> None:
        for row in rows:
            await outbox.done(tx, row)

    return mark


def failed(row: Claimed, error: str) -> Mark:
    """It will not be sent; the organizer sees why."""
    return lambda tx: outbox.failed(tx, row, error)


def readdressed(row: Claimed, error: MovedError, moved: Moved | None, *, now: datetime) -> Mark:
    """Its chat has another number: what the door has to do about that, and then the row is sent there."""

    async def mark(tx: Tx) -> None:
        if moved is not None:
            await moved(tx, error.old, error.new)
        await outbox.readdress(tx, row, error.new, now=now)

    return mark

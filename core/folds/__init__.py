"""Figures that follow the journal a moment later: nobody who joins or clicks waits for them.

A fold is given the journal's facts in their order, each once, in the transaction in which it is remembered how far it
has read. So its figures are exact as of that place, a kill in between changes nothing, and a fold that is new in this
version reads the journal from its first line. One process folds at a time, whatever their number.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from sqlalchemy import select, update

from core import journal
from core.cascade import fold as cascade
from core.database import Database, Tx, insert_new, lock_rows, rows_of, table_of
from core.folds.table import FoldRow
from core.journal import Fact
from core.shares import fold as shares

Fold: TypeAlias = Callable[[Tx, Sequence[Fact]], Awaitable[None]]
"""Takes facts into its figures. It may read other tables only for what never changes."""

FOLDS: Mapping[str, Fold] = MappingProxyType({"cascade": cascade.fold, "shares": shares.fold})
"""Every fold, under the name that is stored. To add one, add a line."""


@dataclass(frozen=True, slots=True)
class Rest:
    """How a fold goes on with what it has left for later: is there anything, and one transaction's worth of it."""

    is_left: Callable[[Tx], Awaitable[bool]]
    carry_on: Callable[[Tx], Awaitable[None]]


RESTS: Mapping[str, Rest] = MappingProxyType({"cascade": Rest(cascade.is_left, cascade.carry_on)})
"""Of the folds that may have more to do than fits into one transaction: others want to write, too."""

AT_ONCE = 2000

_FOLD = table_of(FoldRow)


async def catch_up(db: Database, folds: Mapping[str, Fold] = FOLDS, *, at_once: int = AT_ONCE) -> int:
    """Fold all that is in the journal by now; say how many facts were read."""
    async with db.read() as tx:
        behind = await journal.last(tx) > min((await places(tx, folds)).values(), default=0)
        if not behind and not any([await RESTS[name].is_left(tx) for name in folds if name in RESTS]):
            return 0
    async with db.begin() as tx:
        await insert_new(tx, _FOLD, [{"name": name, "upto": 0} for name in folds])
        upto = await journal.horizon(tx)
    total = 0
    for name, fold in folds.items():
        while read := await _step(db, name, fold, upto, at_once):
            total += read
        while name in RESTS and await _carry_on(db, name):
            pass
    return total


async def _step(db: Database, name: str, fold: Fold, upto: int, at_once: int) -> int:
    """One transaction's worth; 0 if there is nothing left, or another process is at it."""
    async with db.begin() as tx:
        mine = await rows_of(tx, lock_rows(tx, select(_FOLD).where(_FOLD.c.name == name), skip=True))
        lines = await journal.between(tx, mine[0].upto, upto, limit=at_once) if mine else []
        if lines:
            await fold(tx, [fact for _, fact in lines])
            await tx.execute(update(_FOLD).where(_FOLD.c.name == name).values(upto=lines[-1][0]))
        return len(lines)


async def _carry_on(db: Database, name: str) -> bool:
    """One transaction's worth of what the fold has left; False if that is nothing, or another process is at it."""
    async with db.begin() as tx:
        mine = await rows_of(tx, lock_rows(tx, select(_FOLD).where(_FOLD.c.name == name), skip=True))
        left = bool(mine) and await RESTS[name].is_left(tx)
        if left:
            await RESTS[name].carry_on(tx)
        return left


async def places(tx: Tx, folds: Mapping[str, Fold] = FOLDS) -> dict[str, int]:
    """How far each fold has read: the journal's id."""
    known = {row.name: int(row.upto) for row in await rows_of(tx, select(_FOLD))}
    return {name: known.get(name, 0) for name in folds}

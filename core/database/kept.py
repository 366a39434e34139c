"""Queries that are kept: built once, spelled once for each database, and run by the driver itself."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, literal_column, select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import driver
from core.database.sql import as_parameter, is_among, is_shared

Convert = Callable[[Any], Any]
Row = Any
"""A tuple whose parts have the columns' names."""


async def rows_among(
    tx: AsyncConnection, query: Select[Any], column: ColumnElement[Any], values: Iterable[Any], **bound: Any
) -> Sequence[Row]:
    """The rows of `query` whose `column` is one of `values`. The query must be one that is kept: it is built once.

    `bound`: the values of its own parameters.
    """
    values = list(values)
    if not values:
        return []
    dialect = _dialect(tx)
    wanted = (query, column, dialect.name, isinstance(values[0], str))
    if (kept := _kept.get(wanted)) is None:
        kept = _kept[wanted] = _spelled(_among(*wanted), dialect)
    bound["values"] = as_parameter(dialect.name, values)
    return await kept.rows(tx, bound)


async def rows_kept(tx: AsyncConnection, query: Select[Any], **bound: Any) -> Sequence[Row]:
    """All rows of a query that is kept: it is built once. `bound`: the values of its parameters."""
    dialect = _dialect(tx)
    wanted = (query, dialect.name)
    if (kept := _kept.get(wanted)) is None:
        kept = _kept[wanted] = _spelled(query, dialect)
    return await kept.rows(tx, bound)


async def plan_once(tx: AsyncConnection) -> None:
    """From here to the end of the transaction, plan each statement for any values, not anew for the very ones it has.

    For what always goes by the keys of a few rows: PostgreSQL takes longer to plan it than to run it. Not for what is
    slow by a plan that does not know whether it asks about much or little, such as a whole campaign.
    """
    if is_shared(tx):
        await rows_kept(tx, _PLAN_ONCE)


_PLAN_ONCE: Select[Any] = select(literal_column("set_config('plan_cache_mode', 'force_generic_plan', true)"))


def _dialect(tx: AsyncConnection) -> Dialect:
    """As `tx.dialect`, which asks three others for it."""
    assert tx.sync_connection is not None
    return tx.sync_connection.dialect


@dataclass(frozen=True, slots=True)
class _Kept:
    """A query in a database's words; what its parameters are, in their order; and how its rows are read."""

    words: str
    given: tuple[tuple[str, Any, Convert | None], ...]
    read: tuple[tuple[int, Convert], ...]
    row: Callable[[Iterable[Any]], Row]

    async def rows(self, tx: AsyncConnection, bound: Mapping[str, Any]) -> Sequence[Row]:
        values = [bound.get(name, usual) for name, usual, _ in self.given]
        for at, (_, _, convert) in enumerate(self.given):
            if convert is not None:
                values[at] = convert(values[at])
        found = await driver.fetch(tx, self.words, tuple(values))
        if not self.read or not found:
            return [*map(self.row, found)]
        columns: list[Sequence[Any]] = [*zip(*found, strict=True)]
        for at, convert in self.read:
            columns[at] = [*map(convert, columns[at])]
        return [*map(self.row, zip(*columns, strict=True))]


_kept: dict[tuple[Any, ...], _Kept] = {}


def _among(query: Select[Any], column: ColumnElement[Any], dialect: str, texts: bool) -> Select[Any]:
    return query.where(is_among(column, bindparam("values"), dialect, texts=texts))


def _spelled(query: Select[Any], dialect: Dialect) -> _Kept:
    spelled: Any = query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    usual, binds = spelled.params, spelled.binds
    names = list(spelled.positiontup or ())
    given = ((name, usual[name], _to_driver(binds.get(name), dialect)) for name in names)
    kinds = [column.type.dialect_impl(dialect) for column in query.selected_columns]
    reads = ((at, kind.result_processor(dialect, None)) for at, kind in enumerate(kinds))
    return _Kept(
        words=str(spelled),
        given=tuple(given),
        read=tuple((at, convert) for at, convert in reads if convert is not None),
        row=_row_of(tuple(query.selected_columns.keys())),
    )


def _to_driver(bind: Any, dialect: Dialect) -> Convert | None:
    convert: Convert | None = bind.type.dialect_impl(dialect).bind_processor(dialect) if bind is not None else None
    return convert


@cache
def _row_of(names: tuple[str, ...]) -> Callable[[Iterable[Any]], Row]:
    kind = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    kind._mapping = property(kind._asdict)  # type: ignore[attr-defined]
    return kind._make

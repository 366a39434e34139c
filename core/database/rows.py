"""Writing many rows of one table at once: the hot path.

The statement is built once, and the driver gets plain values; that is several times as fast as handing SQLAlchemy a
dictionary for each row, and thirty times as fast as objects in a session.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import Select, Table, literal_column, select, text, true
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import driver
from core.database.sql import upsert


class Conflict(Enum):
    """What happens to a row whose key is there already. ADD: its other columns are added to what is there."""

    ERROR = "error"
    SKIP = "skip"
    REPLACE = "replace"
    ADD = "add"

    __hash__ = object.__hash__  # it is part of what every statement is looked up by


Convert = Callable[[Any], Any]

_statements: dict[tuple[Any, ...], tuple[str, list[tuple[int, Convert]]]] = {}


async def insert_rows(
    tx: AsyncConnection,
    table: Table,
    names: tuple[str, ...],
    rows: Iterable[Sequence[Any]],
    *,
    conflict: Conflict = Conflict.ERROR,
    key: tuple[str, ...] = (),
) -> int:
    """Add rows: the values of the columns `names`, in that order. Says how many were added or replaced.

    `key` says which columns a REPLACE or ADD goes by; no two of the rows may share it.
    """
    wanted = (table, tx.dialect.name, names, conflict, key)
    if wanted not in _statements:
        _statements[wanted] = (_insert(tx, table, names, conflict, key), _converts(table, names, tx.dialect))
    return await _run(tx, wanted, rows)


async def change_rows(
    tx: AsyncConnection, table: Table, names: tuple[str, ...], rows: Iterable[Sequence[Any]], *, key: tuple[str, ...]
) -> int:
    """Change rows that are there: the values of `key`, which says which, and of `names`, in that order."""
    wanted = (table, tx.dialect.name, names, "change", key)
    if wanted not in _statements:
        converts = _converts(table, (*names, *key), tx.dialect)
        _statements[wanted] = (_update(table, names, key, tx.dialect), converts)
    return await _run(tx, wanted, [(*row[len(key) :], *row[: len(key)]) for row in rows])


async def remove_rows(tx: AsyncConnection, table: Table, names: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> int:
    """Remove the rows that have these values in the columns `names`. Says how many were removed."""
    wanted = (table, tx.dialect.name, names, "remove", names)
    if wanted not in _statements:
        _statements[wanted] = (_delete(table, names, tx.dialect), _converts(table, names, tx.dialect))
    return await _run(tx, wanted, rows)


async def insert_alike(tx: AsyncConnection, table: Table, values: Mapping[str, Any], times: int) -> list[int]:
    """Add the same row so many times; the ids that the database gave them."""
    names = tuple(values)
    wanted = (table, tx.dialect.name, names, "alike", ())
    if wanted not in _statements:
        _statements[wanted] = (_insert_alike(table, names, tx.dialect), _converts(table, names, tx.dialect))
    words, converts = _statements[wanted]
    given = [*values.values()]
    for at, convert in converts:
        given[at] = convert(given[at])
    return [row[0] for row in await driver.fetch(tx, words, (*given, times))]


async def _run(tx: AsyncConnection, wanted: tuple[Any, ...], rows: Iterable[Sequence[Any]]) -> int:
    columns: list[Sequence[Any]] = [*zip(*rows, strict=True)]
    if not columns:
        return 0
    statement, converts = _statements[wanted]
    for at, convert in converts:
        columns[at] = [*map(convert, columns[at])]
    return await driver.run(tx, statement, columns)


def _update(table: Table, names: tuple[str, ...], key: tuple[str, ...], dialect: Dialect) -> str:
    """The UPDATE in the database's own words."""
    if dialect.name == "sqlite":
        changes, which = ", ".join(f"{name} = ?" for name in names), " AND ".join(f"{name} = ?" for name in key)
        return f"UPDATE {table.name} SET {changes} WHERE {which}"  # noqa: S608 (names of our own tables)
    changes = ", ".join(f"{name} = told.{name}" for name in names)
    which = " AND ".join(f"{table.name}.{name} = told.{name}" for name in key)
    told = f"{_arrays(table, (*names, *key), dialect)} AS told({', '.join((*names, *key))})"
    return f"UPDATE {table.name} SET {changes} FROM {told} WHERE {which}"  # noqa: S608


def _delete(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    """The DELETE in the database's own words."""
    if dialect.name == "sqlite":
        which = " AND ".join(f"{name} = ?" for name in names)
        return f"DELETE FROM {table.name} WHERE {which}"  # noqa: S608
    which = " AND ".join(f"{table.name}.{name} = told.{name}" for name in names)
    told = f"{_arrays(table, names, dialect)} AS told({', '.join(names)})"
    return f"DELETE FROM {table.name} USING {told} WHERE {which}"  # noqa: S608


def _insert_alike(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    """The INSERT of many rows that are alike."""
    if dialect.name == "sqlite":
        marks = ", ".join("?" for _ in names)
        series = "(WITH RECURSIVE turn(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM turn LIMIT ?) SELECT n FROM turn)"
    else:
        kinds = [table.c[name].type.compile(dialect=dialect) for name in names]
        marks = ", ".join(f"${at}::{kind}" for at, kind in enumerate(kinds, start=1))
        series = f"generate_series(1, ${len(names) + 1}::INTEGER)"
    return f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {marks} FROM {series} RETURNING id"  # noqa: S608


def _insert(tx: AsyncConnection, table: Table, names: tuple[str, ...], conflict: Conflict, key: tuple[str, ...]) -> str:
    """The INSERT in the database's own words, with its own marks for the values."""
    insert = upsert(tx, table).from_select(names, _source(table, names, tx.dialect))
    if conflict is Conflict.SKIP:
        insert = insert.on_conflict_do_nothing()
    elif conflict is Conflict.REPLACE:
        replaced = {name: insert.excluded[name] for name in names if name not in key}
        insert = insert.on_conflict_do_update(index_elements=list(key), set_=replaced)
    elif conflict is Conflict.ADD:
        sums = {name: table.c[name] + insert.excluded[name] for name in names if name not in key}
        insert = insert.on_conflict_do_update(index_elements=list(key), set_=sums)
    return str(insert.compile(dialect=tx.dialect))


def _source(table: Table, names: tuple[str, ...], dialect: Dialect) -> Select[Any]:
    """SQLite runs the statement once for each row; PostgreSQL once for all, with an array for each column."""
    if dialect.name == "sqlite":  # without a WHERE, it would take what follows for a join
        marks: list[Any] = [literal_column("?") for _ in names]
        return select(*marks).where(true())
    return select(literal_column("*")).select_from(text(_arrays(table, names, dialect)))


def _arrays(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    kinds = (table.c[name].type.compile(dialect=dialect) for name in names)
    arrays = ", ".join(f"${at}::{kind}[]" for at, kind in enumerate(kinds, start=1))
    return f"unnest({arrays})"


def _converts(table: Table, names: tuple[str, ...], dialect: Dialect) -> list[tuple[int, Convert]]:
    """How values become what the driver takes, for the columns where they are not taken as they are."""
    kinds = [table.c[name].type.dialect_impl(dialect) for name in names]
    return [(at, convert) for at, kind in enumerate(kinds) if (convert := kind.bind_processor(dialect)) is not None]

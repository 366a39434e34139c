"""The few pieces of SQL that the two databases spell differently."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    Table,
    bindparam,
    func,
    literal_column,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

NOTE_LENGTH = 500


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements that build no objects."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


def among(tx: AsyncConnection, column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column` is one of `values`: one parameter, whatever their number, so that the statement stays prepared."""
    values = list(values)
    texts = bool(values) and isinstance(values[0], str)
    return _is_among(column, bindparam(None, _parameter(tx.dialect.name, values)), tx.dialect.name, texts=texts)


async def rows_among(
    tx: AsyncConnection, query: Select[Any], column: ColumnElement[Any], values: Iterable[Any], **bound: Any
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of `query` whose `column` is one of `values`. The query must be one that is kept: it is built once.

    `bound`: the values of its own parameters.
    """
    values = list(values)
    if not values:
        return []
    statement = _built(query, column, tx.dialect.name, isinstance(values[0], str))
    rows = (await tx.execute(statement, {**bound, "values": _parameter(tx.dialect.name, values)})).all()
    return cast("Sequence[Row[*tuple[Any, ...]]]", rows)


@cache
def _built(query: Select[Any], column: ColumnElement[Any], dialect: str, texts: bool) -> Select[Any]:
    return query.where(_is_among(column, bindparam("values"), dialect, texts=texts))


def _is_among(
    column: ColumnElement[Any], values: BindParameter[Any], dialect: str, *, texts: bool
) -> ColumnElement[bool]:
    if dialect == "sqlite":
        each = func.json_each(values).table_valued("value")
        return column.in_(select(each.c.value))
    return column == func.any(type_coerce(values, ARRAY(String() if texts else column.type)))


def _parameter(dialect: str, values: list[Any]) -> Any:
    return json.dumps(values) if dialect == "sqlite" else values


def spelled(word: str) -> ColumnElement[str]:
    """A word of ours, written into the statement, not sent beside it: only then can a partial index be used."""
    if not word.isidentifier():
        raise ValueError(f"{word!r} is not a plain word")
    return literal_column(f"'{word}'", String())


def as_note(problem: str) -> str:
    """An error's text as every database takes it: short, without the characters that PostgreSQL refuses."""
    return problem[:NOTE_LENGTH].encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def lock_rows(tx: AsyncConnection, statement: Select[Any], *, skip: bool = False) -> Select[Any]:
    """Take the rows for this transaction alone; with `skip`, pass over those that another one holds.

    SQLite has one writer at a time, so there the rows are held already.
    """
    if tx.dialect.name == "sqlite":
        return statement
    return statement.with_for_update(skip_locked=skip, key_share=True)


async def lock_table(tx: AsyncConnection, table: Table) -> None:
    """Be the only one who writes into the table until the transaction ends; others may read it, and lock its rows."""
    if tx.dialect.name != "sqlite":
        await tx.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def upsert(tx: AsyncConnection, table: Table) -> postgresql.Insert:
    """An INSERT that can say what to do about keys that are there already; the two databases spell it alike."""
    insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    return cast(postgresql.Insert, insert(table))


async def insert_new(tx: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the rows whose keys are not there yet; leave the others as they are."""
    if rows:
        await tx.execute(upsert(tx, table).on_conflict_do_nothing(), rows)


async def rows_of(tx: AsyncConnection, statement: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
    """All rows of a query."""
    return (await tx.execute(statement)).all()

"""The few pieces of SQL that the two databases spell differently."""

from collections.abc import Iterable, Mapping, Sequence
from json.encoder import encode_basestring_ascii
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
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
    return is_among(column, bindparam(None, as_parameter(tx.dialect.name, values)), tx.dialect.name, texts=texts)


def each_of(tx: AsyncConnection, numbers: Iterable[int]) -> ColumnElement[int]:
    """A column with these numbers, one a row, to select from."""
    parameter: BindParameter[Any] = bindparam(None, as_parameter(tx.dialect.name, list(numbers)))
    if tx.dialect.name == "sqlite":
        rows = func.json_each(parameter).table_valued("value")
    else:
        rows = func.unnest(type_coerce(parameter, ARRAY(BigInteger))).table_valued("value").render_derived()
    return cast("ColumnElement[int]", rows.c.value)


def is_among(
    column: ColumnElement[Any], values: BindParameter[Any], dialect: str, *, texts: bool
) -> ColumnElement[bool]:
    """The same, where `values` is the parameter; `texts` says what they are."""
    if dialect == "sqlite":
        each = func.json_each(values).table_valued("value")
        return column.in_(select(each.c.value))
    return column == func.any(type_coerce(values, ARRAY(String() if texts else column.type)))


def as_parameter(dialect: str, values: list[Any]) -> Any:
    """Whole numbers, or texts, as one parameter: for SQLite they are JSON."""
    if dialect != "sqlite":
        return values
    spell = encode_basestring_ascii if values and isinstance(values[0], str) else int.__repr__
    return f"[{','.join(map(spell, values))}]"


def spelled(word: str) -> ColumnElement[str]:
    """A word of ours, written into the statement, not sent beside it: only then can a partial index be used."""
    if not word.isidentifier():
        raise ValueError(f"{word!r} is not a plain word")
    return literal_column(f"'{word}'", String())


def as_note(problem: str) -> str:
    """An error's text as every database takes it: short, without the characters that PostgreSQL refuses."""
    return problem[:NOTE_LENGTH].encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def is_shared(tx: AsyncConnection) -> bool:
    """Whether others may write at the same time. SQLite has one writer at a time, who holds all there is."""
    return tx.dialect.name != "sqlite"


def lock_rows(tx: AsyncConnection, statement: Select[Any], *, skip: bool = False) -> Select[Any]:
    """Take the rows for this transaction alone; with `skip`, pass over those that another one holds."""
    return statement.with_for_update(skip_locked=skip, key_share=True) if is_shared(tx) else statement


async def lock_table(tx: AsyncConnection, table: Table) -> None:
    """Be the only one who writes into the table until the transaction ends; others may read it, and lock its rows."""
    if is_shared(tx):
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

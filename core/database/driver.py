"""Handing a statement to the driver itself, inside a transaction that SQLAlchemy has opened.

SQLAlchemy needs several times as long for a statement as the databases do, so what runs for every fact goes this way.
Whoever listens to SQLAlchemy's event `before_cursor_execute` hears these statements too.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core.database.errors import DatabaseUnavailableError, first_line
from core.database.together import All, Round, Said, Work, gathering, merged


async def fetch(tx: AsyncConnection, words: str, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
    """The rows of a statement in the database's own words."""
    connection: Any = tx.sync_connection
    if connection.dialect.name == "sqlite":
        _tell(connection, words, values, many=False)
        rows: list[Sequence[Any]] = connection.connection.driver_connection.now.execute(words, values).fetchall()
        return rows
    found: Sequence[Sequence[Any]]
    if gathering.get():
        found = await Said(words, values, wants_rows=True)
    else:
        found = await _asked(tx, words, values)
    return found


async def run(tx: AsyncConnection, words: str, columns: Sequence[Sequence[Any]]) -> int:
    """Run a statement for rows that are given column by column; say how many it changed.

    SQLite runs it for each row; PostgreSQL once, with an array for each column.
    """
    connection: Any = tx.sync_connection
    if connection.dialect.name == "sqlite":
        rows = [*zip(*columns, strict=True)]
        _tell(connection, words, rows, many=True)
        return int(connection.connection.driver_connection.now.executemany(words, rows).rowcount)
    arrays = tuple(map(list, columns))
    if gathering.get():
        return int(await Said(words, arrays, wants_rows=False))
    return await _changed(tx, words, arrays)


async def together(tx: AsyncConnection, *works: Work) -> list[Any]:
    """What each of these comes to. On PostgreSQL, their statements share round trips: the first of each, and so on.

    They must do nothing but read by `rows_among` and `rows_kept`, and write by `insert_rows` and its like; and none may
    read what another one writes, nor change a row that another one changes.
    """
    try:
        if tx.dialect.name == "sqlite":
            return [await work for work in works]
        is_inner, round_ = gathering.get(), Round(works)
        while said := round_.next():
            round_.answered(await (All(said) if is_inner else _sent(tx, said)))
        return round_.results
    finally:
        for work in works:  # one of them failed, and the others are given up
            work.close()


async def _sent(tx: AsyncConnection, said: Sequence[Said]) -> Sequence[Any]:
    """What came of these, all in one round trip."""
    if len(said) > 1:
        return (await _asked(tx, *merged(said)))[0]
    [one] = said
    return [await (_asked if one.wants_rows else _changed)(tx, one.words, one.values)]


async def _asked(tx: AsyncConnection, words: str, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
    if (driver := _begun(tx)) is None:
        return (await tx.exec_driver_sql(words, values)).all()
    _tell(tx.sync_connection, words, values, many=False)
    with _lost():
        found: list[Sequence[Any]] = await driver.fetch(words, *values)
    return found


async def _changed(tx: AsyncConnection, words: str, values: tuple[Any, ...]) -> int:
    if (driver := _begun(tx)) is None:
        return (await tx.exec_driver_sql(words, values)).rowcount
    _tell(tx.sync_connection, words, values, many=False)
    with _lost():
        status: str = await driver.execute(words, *values)
    return int(status.rpartition(" ")[2])


def _begun(tx: AsyncConnection) -> Any:
    """PostgreSQL's driver; None as long as there is no transaction: SQLAlchemy says BEGIN with its first statement."""
    connection: Any = tx.sync_connection
    driver = connection.connection.driver_connection
    return driver if driver.is_in_transaction() else None


@contextmanager
def _lost() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DatabaseUnavailableError(f"the database cannot be reached ({first_line(error)})") from error


def _tell(connection: Any, words: str, values: Any, *, many: bool) -> None:
    if listeners := connection.dispatch.before_cursor_execute:
        for told in listeners:
            told(connection, None, words, values, None, many)

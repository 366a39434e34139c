"""Opening the database, and transactions on it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import event, exc, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.database.direct import Direct, PostgresDirect, SqliteDirect, Statement
from core.database.errors import DatabaseAddressError, DatabaseUnavailableError, first_line, meaning
from core.database.sqlite import Connections, connected, sqlite_engine
from core.database.types import from_json, to_json

Tx: TypeAlias = AsyncConnection
"""An open transaction."""

BUSY_AFTER = 30.0
"""Seconds that a writer waits for another one before it gives up."""

_POSTGRES_SETTINGS = {"lock_timeout": f"{BUSY_AFTER:.0f}s"}

HUNG_AFTER = 10.0
"""Seconds between two statements of a transaction after which a process loses what it holds, and cannot write later.

Others may wait for it as long, members among them. The longest that is honestly computed in between takes about one.
"""


class Database:
    """One database for the whole process. Make it with a URL; nothing is opened until it is first used.

    `hung_after`: see HUNG_AFTER; for what reads much and computes long in between, it may be more.

    SQLite: write-ahead log, `synchronous=FULL`, foreign keys on, one writer at a time. PostgreSQL: a pool.
    """

    def __init__(self, url: str, *, connections: int = 10, hung_after: float = HUNG_AFTER) -> None:
        self.url = _address(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._files = Connections()
        self._connecting = _connecting(hung_after)
        self._engine = (
            sqlite_engine(self.url, self._files, busy_after=BUSY_AFTER)
            if self.is_sqlite
            else _postgres_engine(self.url, connections, self._connecting)
        )
        of_reading = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reading = self._engine.execution_options(**of_reading)
        self._writing = self._engine.execution_options(sayso_writes=True)
        self._writer = asyncio.Lock()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        """A transaction that may write: committed at the end, rolled back on any error.

        Raises DatabaseUnavailableError where waiting may help.
        """
        if self.is_sqlite:
            async with self._writer, self._transaction(writes=True) as tx:
                yield tx
        else:
            async with self._transaction(writes=True) as tx:
                yield tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A transaction that only reads, and sees one moment; it waits for no writer."""
        async with self._transaction(writes=False) as tx:
            yield tx

    async def ping(self) -> None:
        """Return if the database answers; raise DatabaseUnavailableError if not."""
        async with self.read() as tx:
            await tx.execute(text("SELECT 1"))

    def direct(self, statement: Statement) -> Direct:
        """A connection of its own for one statement. Whoever asks for it closes it."""
        where, how = self._engine.dialect.create_connect_args(self.url)
        if self.is_sqlite:
            open_file = partial(connected, *where, **{**how, "timeout": BUSY_AFTER})
            return SqliteDirect(open_file, statement, self._writer)
        return PostgresDirect(partial(asyncpg.connect, **self._connecting, **how), statement, within=BUSY_AFTER)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()
        await self._files.close()

    @asynccontextmanager
    async def _transaction(self, *, writes: bool) -> AsyncIterator[Tx]:
        of_caller: Exception | None = None
        try:
            engine = self._writing if writes else self._reading
            async with engine.connect() as connection, connection.begin():
                try:
                    yield connection
                except OSError as error:
                    of_caller = error
                    raise
        except exc.DBAPIError as error:
            if (known := meaning(error.orig, connection_lost=error.connection_invalidated)) is not None:
                raise known from error
            raise
        except (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError) as error:  # see core.database.driver
            if (known := meaning(error, connection_lost=isinstance(error, asyncpg.InterfaceError))) is not None:
                raise known from error
            raise
        except (OSError, exc.TimeoutError) as error:  # no connection: none can be made, or all are taken
            if error is of_caller:
                raise
            raise DatabaseUnavailableError(f"the database cannot be reached ({first_line(error)})") from error


def _address(url: str) -> URL:
    try:
        address = make_url(url)
        driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}[address.get_backend_name()]
    except (exc.ArgumentError, KeyError, ValueError) as error:
        raise DatabaseAddressError(
            "SAYSO_DATABASE_URL is not understood", fix="write sqlite:///sayso.db or postgresql://user:password@host/db"
        ) from error
    return address.set(drivername=driver)


def _connecting(hung_after: float) -> dict[str, Any]:
    hangs = {"idle_in_transaction_session_timeout": f"{hung_after * 1000:.0f}ms"}
    return {"timeout": 10.0, "server_settings": {**_POSTGRES_SETTINGS, **hangs}}


def _postgres_engine(url: URL, connections: int, connecting: dict[str, Any]) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,
        json_serializer=to_json,
        json_deserializer=from_json,
        pool_size=connections,
        max_overflow=0,
        connect_args=connecting,
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def refresh(connection: Any, *_: object) -> None:
        """Replace a connection that the server has closed. Asking it first would cost a third more per transaction."""
        if connection.driver_connection.is_closed():
            raise exc.DisconnectionError

    return engine

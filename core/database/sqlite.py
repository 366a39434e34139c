"""SQLite as Sayso uses it: a write-ahead log, every commit on the disk, one writer at a time."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from core.database.types import from_json, to_json

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536", "mmap_size=0")


class _Connection(aiosqlite.Connection):
    """Only what has to wait goes to the thread: for another writer, or for the disk to have a commit.

    Everything else is done at once, since handing it over costs several times what SQLite needs for it: a batch of
    updates took three times as long.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect_now = connect
        self._opened: sqlite3.Connection | None = None
        self._in_thread = 0
        self._writes = True
        self._patience = 0  # milliseconds
        super().__init__(self._open_in_thread, iter_chunk_size=64)

    def _open_in_thread(self) -> sqlite3.Connection:
        self._opened = self._connect_now()
        self._patience = self._opened.execute("PRAGMA busy_timeout").fetchone()[0]
        if not self._running:  # whoever wanted it has gone meanwhile
            self._opened.close()
        return self._opened

    def stop(self) -> "asyncio.Future[Any] | None":
        """End the thread, and close what it opened even if nobody waited for that."""
        if self._running and self._opened is not None:
            self._tx.put_nowait((None, self._opened.close))
        self._running = False
        return super().stop()

    @property
    def now(self) -> sqlite3.Connection:
        """What it opened, for whoever holds its transaction and does nothing that may wait."""
        assert self._opened is not None
        assert not self._in_thread
        return self._opened

    async def begin(self, *, writes: bool) -> None:
        """Begin a transaction; one that writes waits until nobody else does."""
        self._writes = writes
        if not writes:
            await self.execute("BEGIN")
        elif self._in_thread or not self._begins_at_once():
            await self.execute("BEGIN IMMEDIATE")

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not self._running or self._connection is None:
            raise ValueError("the connection is closed")
        if not self._in_thread and not self._may_wait(fn, args):
            return fn(*args, **kwargs)
        self._in_thread += 1
        work = asyncio.get_running_loop().create_future()
        work.add_done_callback(self._out_of_thread)
        self._tx.put_nowait((work, partial(fn, *args, **kwargs)))
        return await asyncio.shield(work)  # whoever is cancelled leaves, but the thread is still at it

    def _may_wait(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
        if fn.__name__ == "execute":
            return str(args[0]).startswith(("BEGIN IMMEDIATE", "PRAGMA"))
        ends = fn.__name__ in ("commit", "rollback") and self._writes  # a reader leaves the disk nothing to do
        return fn.__name__ == "backup" or (ends and self.now.in_transaction)

    def _begins_at_once(self) -> bool:
        """Whether this is the one writer now; False if another process is writing, and has to be waited for."""
        self.now.execute("PRAGMA busy_timeout=0")
        try:
            self.now.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        finally:
            self.now.execute(f"PRAGMA busy_timeout={self._patience}")
        return True

    def _out_of_thread(self, work: "asyncio.Future[Any]") -> None:
        self._in_thread -= 1
        if not work.cancelled():
            work.exception()  # seen, also if nobody waits any more


class Connections:
    """The connections that were opened, each with a thread of its own.

    A cancelled task leaves its connection before the thread has. Whoever closes the database waits for all of them.
    """

    def __init__(self) -> None:
        self._open: set[aiosqlite.Connection] = set()

    def open(self, *args: Any, **kwargs: Any) -> aiosqlite.Connection:
        """A connection; its thread starts when it is awaited, and does not keep the program from ending."""
        connection = _Connection(partial(sqlite3.connect, *args, **kwargs))
        connection._thread.daemon = True
        self._open = {each for each in self._open if each._thread.is_alive()} | {connection}
        return connection

    async def close(self) -> None:
        """End those that are still there, and return when they have ended."""
        for connection in self._open:
            if connection._thread.is_alive():
                connection.stop()
                await asyncio.to_thread(connection._thread.join)
        self._open = set()


def sqlite_engine(url: URL, connections: Connections, *, busy_after: float) -> AsyncEngine:
    """An engine whose transactions begin as `sayso_writes` says: writers wait for each other before they read."""
    engine = create_async_engine(
        url,
        hide_parameters=True,
        json_serializer=to_json,
        json_deserializer=from_json,
        connect_args={"timeout": busy_after, "async_creator_fn": connections.open},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        _prepare(connection)

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        await_only(driver.begin(writes=bool(connection.get_execution_options().get("sayso_writes"))))

    return engine


def connected(*args: Any, **kwargs: Any) -> sqlite3.Connection:
    """A connection for the thread that asks for it, which says BEGIN itself."""
    connection: sqlite3.Connection = sqlite3.connect(*args, **kwargs)
    try:
        _prepare(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _prepare(connection: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()

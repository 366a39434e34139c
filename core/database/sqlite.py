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

from core.database.types import from_json, to_json

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536", "mmap_size=0")


class _Connection(aiosqlite.Connection):
    """Only what may wait goes to the thread: for another writer, or for the disk to have a commit.

    Everything else is done at once, since handing it over costs several times what SQLite needs for it: a batch of
    updates took three times as long.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect_now = connect
        self._opened: sqlite3.Connection | None = None
        self._in_thread = 0
        super().__init__(self._open_in_thread, iter_chunk_size=64)

    def _open_in_thread(self) -> sqlite3.Connection:
        self._opened = self._connect_now()
        if not self._running:  # whoever wanted it has gone meanwhile
            self._opened.close()
        return self._opened

    def stop(self) -> "asyncio.Future[Any] | None":
        """End the thread, and close what it opened even if nobody waited for that."""
        if self._running and self._opened is not None:
            self._tx.put_nowait((None, self._opened.close))
        self._running = False
        return super().stop()

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not (self._in_thread or _may_wait(fn, args)) and self._running and self._connection is not None:
            return fn(*args, **kwargs)
        self._in_thread += 1
        work = asyncio.ensure_future(super()._execute(fn, *args, **kwargs))  # type: ignore[no-untyped-call]
        work.add_done_callback(self._out_of_thread)
        return await asyncio.shield(work)  # whoever is cancelled leaves, but the thread is still at it

    def _out_of_thread(self, work: "asyncio.Future[Any]") -> None:
        self._in_thread -= 1
        if not work.cancelled():
            work.exception()  # seen, also if nobody waits any more


def _may_wait(fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    if fn.__name__ == "execute":
        return str(args[0]).startswith(("BEGIN IMMEDIATE", "PRAGMA"))
    return fn.__name__ in ("commit", "rollback", "backup")


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
        writes = connection.get_execution_options().get("sayso_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

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

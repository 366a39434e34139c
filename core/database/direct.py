"""One statement, again and again, on a connection of its own: for the one write that must cost next to nothing.

The statement is a transaction by itself and is sent whole: once to SQLite's thread, once over the wire to PostgreSQL.
Where many requests share a second, each further step would be paid for by all who wait, most of all a hand-over
between threads, for which a busy event loop may take milliseconds.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Protocol

import asyncpg

from core.database.errors import DatabaseUnavailableError, OutcomeUnknownError, first_line, meaning

Told = asyncio.Future[None]

CARRY_AFTER = 1000
"""Rows, after which SQLite's log is carried over into the database."""

LONG = 16_384
"""Pages of the log, of 4 KiB, after which the writer helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The same in the words of both databases. `sqlite_first` is said when SQLite's connection is opened."""

    sqlite: str
    postgres: str
    sqlite_first: str


class Direct(Protocol):
    """A statement on its own connection, which is opened when it is first needed, and again after any error."""

    async def run(self, values: Sequence[Any]) -> None:
        """Return once the statement with these values is committed. One at a time.

        Raises DatabaseUnavailableError where waiting may help: nothing was committed, or, if it is an
        OutcomeUnknownError, nobody knows.
        """

    async def close(self) -> None:
        """Return when what was begun is done and the connection is closed."""


class SqliteDirect:
    """A thread with a connection. `turn` is held by whoever writes in this process, so that none waits for luck."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], statement: Statement, turn: asyncio.Lock) -> None:
        self._connect, self._statement, self._turn = connect, statement, turn
        self._work: SimpleQueue[tuple[Sequence[Any], Told] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, values: Sequence[Any]) -> None:
        if self._thread is None:
            arguments = (asyncio.get_running_loop(),)
            self._thread = threading.Thread(target=self._serve, args=arguments, name="direct", daemon=True)
            self._thread.start()
        async with self._turn:
            done: Told = asyncio.get_running_loop().create_future()
            self._work.put((values, done))
            try:
                await asyncio.shield(done)
            except sqlite3.Error as error:
                if (known := meaning(error)) is not None:
                    raise known from error
                raise

    async def close(self) -> None:
        if self._thread is not None:
            self._work.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        connection: sqlite3.Connection | None = None
        log = _Log(self._connect)
        while (work := self._work.get()) is not None:
            values, done = work
            problem: sqlite3.Error | None = None
            try:
                connection = connection or self._opened()
                connection.execute(self._statement.sqlite, values)
            except sqlite3.Error as error:
                problem = error
                if connection is not None:
                    connection.close()
                connection = None
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(_tell, done, problem)
            if connection is not None:
                log.grown(connection)
        log.close()
        if connection is not None:
            connection.close()

    def _opened(self) -> sqlite3.Connection:
        connection = self._connect()
        try:
            connection.execute("PRAGMA wal_autocheckpoint=0")
            connection.execute(self._statement.sqlite_first)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


class _Log:
    """Carries SQLite's write-ahead log over into the database beside the writer, who would otherwise stand still.

    While there is always more to write, the log never ends; once it is long, the writer does the little that is left.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._seen, self._long = 0, False
        self._wanted: SimpleQueue[bool] = SimpleQueue()
        self._idle = threading.Event()
        self._idle.set()
        self._thread: threading.Thread | None = None

    def grown(self, writer: sqlite3.Connection) -> None:
        """Called by the writer after each commit."""
        if not self._idle.is_set() or 0 <= writer.total_changes - self._seen < CARRY_AFTER:
            return
        self._seen = writer.total_changes
        if self._long:
            with suppress(sqlite3.Error):  # it is tried again
                writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        if self._thread is None:
            self._thread = threading.Thread(target=self._carry, name="log", daemon=True)
            self._thread.start()
        self._idle.clear()
        self._wanted.put(True)

    def close(self) -> None:
        if self._thread is not None:
            self._wanted.put(False)
            self._thread.join()

    def _carry(self) -> None:
        connection: sqlite3.Connection | None = None
        while self._wanted.get():
            with suppress(sqlite3.Error):  # the writer asks again
                connection = connection or self._connect()
                _, length, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                self._long = length > LONG
            self._idle.set()
        if connection is not None:
            connection.close()


def _tell(done: Told, problem: sqlite3.Error | None) -> None:
    if done.done():
        return
    if problem is None:
        done.set_result(None)
    else:
        done.set_exception(problem)


class PostgresDirect:
    """An asyncpg connection. The statement is prepared once, and each run is one round trip."""

    def __init__(self, connect: Callable[[], Any], statement: Statement, within: float) -> None:
        self._connect, self._statement, self._within = connect, statement, within
        self._connection: Any = None

    async def run(self, values: Sequence[Any]) -> None:
        sent = False
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect()
            sent = True
            await self._connection.execute(self._statement.postgres, *values, timeout=self._within)
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError) as error:
            self._drop()
            lost = OutcomeUnknownError if sent else DatabaseUnavailableError
            raise lost(f"the database cannot be reached ({first_line(error)})") from error
        except asyncpg.PostgresError as error:
            self._drop()
            if (known := meaning(error)) is not None:
                raise known from error
            raise
        except asyncio.CancelledError:
            self._drop()
            raise

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=self._within)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

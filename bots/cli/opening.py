"""The database, opened for one command or for a whole run."""

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import inspect

from bots.cli.settings import Settings
from core.database import HUNG_AFTER, Database, UnmigratedDatabaseError
from core.database.migrate import migrate, require_migrated

T = TypeVar("T")

READS_FOR = 600.0
"""Seconds that a command may compute between two things that it reads: it holds nothing that others wait for."""


@asynccontextmanager
async def for_writing(settings: Settings, *, migrating: bool = True) -> AsyncIterator[Database]:
    """The database with this version's tables, which are made or changed first unless `migrating` is off."""
    async with _opened(settings) as db:
        await (migrate if migrating else require_migrated)(db)
        yield db


@asynccontextmanager
async def for_reading(settings: Settings) -> AsyncIterator[Database | None]:
    """The database, which must have this version's tables; None where there is none yet. Makes and changes nothing."""
    async with _opened(settings, hung_after=READS_FOR) as db:
        if await _is_empty(db):
            yield None
        else:
            await _require_migrated(db)
            yield db


async def _require_migrated(db: Database) -> None:
    try:
        await require_migrated(db)
    except UnmigratedDatabaseError as error:
        fix = "bring them up to date with sayso run or sayso apply"
        raise UnmigratedDatabaseError("the tables are not this version's", fix=fix) from error


@asynccontextmanager
async def _opened(settings: Settings, *, hung_after: float = HUNG_AFTER) -> AsyncIterator[Database]:
    db = Database(settings.database_url.get_secret_value(), hung_after=hung_after)
    try:
        yield db
    finally:
        await db.close()


async def _is_empty(db: Database) -> bool:
    """Whether nothing was ever put there. A file that is not there is not made by asking."""
    name = db.url.database
    if db.is_sqlite and name and name != ":memory:" and not await asyncio.to_thread(Path(name).exists):
        return True
    async with db.read() as tx:
        return not await tx.run_sync(lambda connection: inspect(connection).get_table_names())


def run(work: Callable[[], Coroutine[Any, Any, T]], *, fast: bool = False) -> T:
    """Run a command's work to its end; with `fast`, on uvloop where that is installed."""
    with asyncio.Runner(loop_factory=_uvloop() if fast else None) as runner:
        return runner.run(work())


def _uvloop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if importlib.util.find_spec("uvloop") is None:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
    return factory

"""What the database itself would not allow: rows of the ledger changed, or removed with all the others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import delete, text

from core.database import Database, Tx
from core.database.schema import METADATA


async def emptied(db: Database) -> None:
    """Remove every row of every table, for tests that begin again and again with the same database."""
    async with forging(db) as tx:
        for table in reversed(METADATA.sorted_tables):
            await tx.execute(delete(table))


@asynccontextmanager
async def forging(db: Database) -> AsyncIterator[Tx]:
    """A transaction in which the ledger may be changed, as by somebody who means harm."""
    named = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger'"
    async with db.begin() as tx:
        triggers = (await tx.execute(text(named))).all() if db.is_sqlite else []
        for trigger in triggers:
            await tx.execute(text(f"DROP TRIGGER {trigger.name}"))
        if not db.is_sqlite:
            await tx.execute(text("ALTER TABLE ledger DISABLE TRIGGER USER"))
        yield tx
        for trigger in triggers:
            await tx.execute(text(trigger.sql))
        if not db.is_sqlite:
            await tx.execute(text("ALTER TABLE ledger ENABLE TRIGGER USER"))

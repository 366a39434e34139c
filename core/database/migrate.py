"""Bringing the tables to this version, in one transaction, whatever the number of processes that start together."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from core.database.engine import Database
from core.database.errors import NewerDatabaseError, UnmigratedDatabaseError

_LOCK = 5_711_301  # any number of ours: PostgreSQL's name for "one process changes the tables"


async def migrate(db: Database) -> None:
    """Change the tables to this version's. Raises NewerDatabaseError if they are newer than this program."""
    async with db.begin() as tx:
        if not db.is_sqlite:
            await tx.execute(text("SET LOCAL lock_timeout = 0"))  # the other one may take its time
            await tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await tx.run_sync(_upgrade)


async def require_migrated(db: Database) -> None:
    """Return if the tables are this version's; raise UnmigratedDatabaseError or NewerDatabaseError if not."""
    async with db.read() as tx:
        current = await tx.run_sync(_known_revision)
    if current != _scripts().get_current_head():
        raise UnmigratedDatabaseError("the tables are not this version's", fix="start once without --no-migrate")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


def _known_revision(connection: Connection) -> str | None:
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {script.revision for script in _scripts().walk_revisions()}:
        raise NewerDatabaseError(
            f"the database was made by a newer Sayso (revision {current})",
            fix="start that version, or restore a backup",
        )
    return current


def _upgrade(connection: Connection) -> None:
    if _known_revision(connection) == _scripts().get_current_head():
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")

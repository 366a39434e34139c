import asyncio
import os
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import exc, inspect, text

from core.database import Database, NewerDatabaseError, UnmigratedDatabaseError
from core.database.migrate import migrate, require_migrated
from core.database.schema import METADATA

MIGRATE = """
import asyncio, sys
from core.database import Database
from core.database.migrate import migrate

async def main():
    db = Database(sys.argv[1])
    await migrate(db)
    await db.close()

asyncio.run(main())
"""


@pytest.fixture
async def empty_db(empty_url):
    database = Database(empty_url)
    yield database
    await database.close()


async def tables(db):
    async with db.read() as tx:
        return set(await tx.run_sync(lambda connection: inspect(connection).get_table_names()))


async def differences(db):
    async with db.read() as tx:
        return await tx.run_sync(lambda connection: compare_metadata(MigrationContext.configure(connection), METADATA))


async def set_revision(db, revision):
    async with db.begin() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


async def test_the_migrations_make_the_tables_that_the_models_describe(empty_db):
    await migrate(empty_db)
    assert await differences(empty_db) == []
    assert await tables(empty_db) == {*METADATA.tables, "alembic_version"}


async def test_migrating_again_does_nothing(db, statements):
    before = await tables(db)
    async with statements(db) as sent:
        await migrate(db)
    assert not [statement for statement in sent if statement.startswith(("CREATE", "ALTER", "INSERT", "UPDATE"))]
    assert await tables(db) == before


async def test_many_tasks_migrate_at_once(empty_url):
    each = [Database(empty_url) for _ in range(6)]
    await asyncio.gather(*(migrate(db) for db in each))
    await require_migrated(each[0])
    assert await differences(each[0]) == []
    for db in each:
        await db.close()


async def test_many_processes_migrate_at_once(empty_url, empty_db):
    each = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", MIGRATE, empty_url, env={**os.environ, "PYTHONPATH": os.curdir}
        )
        for _ in range(4)
    ]
    assert [await process.wait() for process in each] == [0, 0, 0, 0]
    await require_migrated(empty_db)


async def test_a_migration_that_breaks_leaves_nothing_behind(empty_db):
    async with empty_db.begin() as tx:
        await tx.execute(text("CREATE TABLE standing (x INTEGER)"))  # in the way of the first migration
    with pytest.raises(exc.DBAPIError):
        await migrate(empty_db)
    assert await tables(empty_db) == {"standing"}
    async with empty_db.begin() as tx:
        await tx.execute(text("DROP TABLE standing"))
    await migrate(empty_db)
    await require_migrated(empty_db)


async def test_a_newer_database_is_refused_and_left_alone(db):
    await set_revision(db, "9999")
    for ask in (migrate, require_migrated):
        with pytest.raises(NewerDatabaseError, match="9999"):
            await ask(db)


async def test_an_older_database_is_refused_when_asked_not_to_change_it(empty_db):
    with pytest.raises(UnmigratedDatabaseError, match="no-migrate"):
        await require_migrated(empty_db)
    assert await tables(empty_db) == set()
    await migrate(empty_db)
    await require_migrated(empty_db)

import asyncio
import os
import sys
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import exc, insert, inspect, text

from core import totals
from core.database import Database, NewerDatabaseError, UnmigratedDatabaseError, table_of
from core.database.migrate import _config, migrate, require_migrated
from core.database.schema import METADATA
from core.members.table import MemberRow

AT = datetime(2026, 12, 1, tzinfo=UTC)

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


def upgrade_to(connection, revision):
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


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


async def test_standings_of_an_older_database_have_their_ranks(empty_db):
    """From the first version's tables, with rows in them."""
    async with empty_db.begin() as tx:
        await tx.run_sync(lambda connection: upgrade_to(connection, "0001"))
        await tx.execute(text("INSERT INTO campaign (id, slug, version) VALUES (1, 'lune', 1)"))
        for number, (qualified, points) in enumerate([(40, 400), (40, 410), (2, 20), (0, 5), (0, 0)], start=1):
            values = {"member": number, "qualified": qualified, "points": points}
            await tx.execute(insert(table_of(MemberRow)).values(id=number, reminders=True, created_at=AT))
            await tx.execute(text("INSERT INTO standing VALUES (1, :member, 0, :qualified, :points)"), values)
    await migrate(empty_db)
    async with empty_db.read() as tx:
        places = await totals.leaderboard(tx, 1, limit=10)
        assert [(each.rank, each.member_id) for each in places] == [(1, 2), (2, 1), (3, 3)]
        standings = [totals.Standing(qualified=each.qualified, points=each.points) for each in places]
        assert [await totals.rank_of(tx, 1, each) for each in standings] == [1, 2, 3]
        assert await totals.rank_of(tx, 1, totals.Standing()) == 5

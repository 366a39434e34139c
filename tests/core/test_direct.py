"""One statement on a connection of its own: it waits its turn, says when nobody knows, and starts anew."""

import asyncio
import sqlite3

import asyncpg
import pytest
from sqlalchemy import insert

from core.database import Database, DatabaseUnavailableError, Direct, Statement
from core.database import engine as engine_module
from tests.core.things import THING, names, with_thing
from tests.postgres import PostgresServer
from tests.waiting import until

ADD = Statement(
    sqlite="INSERT INTO thing (name) VALUES (?)",
    sqlite_first="PRAGMA temp_store=MEMORY",
    postgres="INSERT INTO thing (name) VALUES ($1)",
)


@pytest.fixture
async def db(db):
    return await with_thing(db)


@pytest.fixture
async def direct(db: Database):
    direct = db.direct(ADD)
    yield direct
    await direct.close()


async def test_what_was_run_is_committed(db: Database, direct: Direct):
    for name in ("ana", "ben"):
        await direct.run([name])
    assert await names(db) == ["ana", "ben"]


async def test_a_fault_of_ours_is_raised_as_it_is_and_the_next_run_works(db: Database, direct: Direct):
    await direct.run(["ana"])
    with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError)):
        await direct.run(["ana"])
    await direct.run(["ben"])
    assert await names(db) == ["ana", "ben"]


async def test_it_takes_turns_with_the_other_writers_of_this_process(db: Database, direct: Direct):
    async def others() -> None:
        for n in range(20):
            async with db.begin() as tx:
                await tx.execute(insert(THING).values(name=f"other {n}"))
                await asyncio.sleep(0)

    async def ours() -> None:
        for n in range(20):
            await direct.run([f"ours {n}"])

    await asyncio.gather(others(), ours())
    assert len(await names(db)) == 40


async def test_whoever_holds_the_file_is_waited_for(sqlite_db: Database, sqlite_url: str):
    direct = (await with_thing(sqlite_db)).direct(ADD)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    running = asyncio.create_task(direct.run(["ana"]))
    await until(direct._work.empty)
    other.execute("COMMIT")
    other.close()
    await running
    assert await names(sqlite_db) == ["ana"]
    await direct.close()


async def test_a_file_that_is_held_too_long_is_said_to_be_unavailable(
    sqlite_db: Database, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engine_module, "BUSY_AFTER", 0.05)
    direct = (await with_thing(sqlite_db)).direct(ADD)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailableError, match="locked"):
        await direct.run(["ana"])
    other.execute("COMMIT")
    other.close()
    await direct.run(["ana"])
    await direct.close()


async def test_a_server_that_comes_back_is_connected_to_again(postgres: PostgresServer, postgres_db: Database):
    direct = (await with_thing(postgres_db)).direct(ADD)
    await direct.run(["ana"])
    connection = direct._connection
    await asyncio.to_thread(postgres.execute, f"SELECT pg_terminate_backend({connection.get_server_pid()})")
    await until(connection.is_closed)
    await direct.run(["ben"])
    assert await names(postgres_db) == ["ana", "ben"]
    await direct.close()


async def test_a_server_that_is_not_there_is_said_to_be_unavailable():
    direct = Database("postgresql://nobody@127.0.0.1:1/nothing").direct(ADD)
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
        await direct.run(["ana"])
    await direct.close()


async def test_whoever_is_cancelled_leaves_all_or_nothing(db: Database, direct: Direct):
    for steps in range(12):
        task = asyncio.create_task(direct.run([f"{steps}"]))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await direct.run(["last"])
    found = await names(db)
    assert found[-1] == "last"
    assert len(set(found)) == len(found)


async def test_closing_waits_for_what_was_begun(sqlite_db: Database):
    direct = (await with_thing(sqlite_db)).direct(ADD)
    await direct.run(["ana"])
    running = asyncio.create_task(direct.run(["ben"]))
    await asyncio.sleep(0)
    await direct.close()
    await running
    assert await names(sqlite_db) == ["ana", "ben"]

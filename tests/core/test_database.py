import asyncio
import sqlite3

import pytest
from sqlalchemy import exc, insert, select, text, update

from core.database import Database, DatabaseUnavailableError, insert_new, lock_rows, rows_of
from core.database import engine as engine_module
from core.database.errors import DatabaseAddressError, DatabaseRefusedError
from tests.core.things import THING, add, names, run, with_thing
from tests.postgres import PostgresServer


@pytest.fixture
async def db(db):
    return await with_thing(db)


@pytest.fixture
async def sqlite_db(sqlite_db):
    return await with_thing(sqlite_db)


@pytest.fixture
async def postgres_db(postgres_db):
    return await with_thing(postgres_db)


async def test_what_was_done_in_a_transaction_is_there_after_it(db):
    await add(db, name="ana")
    assert await names(db) == ["ana"]
    await db.ping()


async def test_any_error_undoes_all_of_it(db):
    async def add_and_break():
        async with db.begin() as tx:
            await tx.execute(insert(THING).values(name="ana"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await add_and_break()
    assert await names(db) == []


async def test_a_refused_row_undoes_the_ones_before_it_and_the_next_transaction_works(db):
    await add(db, name="ana")

    async def add_two():
        async with db.begin() as tx:
            await tx.execute(insert(THING).values(name="ben"))
            await tx.execute(insert(THING).values(name="ana"))

    with pytest.raises(exc.IntegrityError):
        await add_two()
    await add(db, name="eva")
    assert await names(db) == ["ana", "eva"]


async def test_references_are_checked(db):
    with pytest.raises(exc.IntegrityError):
        await add(db, name="ana", of=7)


async def test_a_cancelled_task_changes_nothing_and_holds_nothing(db):
    inside = asyncio.Event()

    async def add_and_wait():
        async with db.begin() as tx:
            await tx.execute(insert(THING).values(name="ana"))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(add_and_wait())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await add(db, name="ana")
    assert await names(db) == ["ana"]


async def test_a_task_cancelled_at_any_step_leaves_all_or_nothing(db):
    for steps in range(40):
        task = asyncio.create_task(add(db, name=f"{steps}"))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if task.cancelled():
            async with db.begin() as tx:
                await insert_new(tx, THING, [{"name": f"{steps}"}])  # nobody holds it back
    assert sorted(await names(db), key=int) == [str(n) for n in range(40)]


async def test_a_task_cancelled_at_any_step_of_connecting_leaves_all_or_nothing(db_url, db):
    for steps in range(0, 40, 2):
        fresh = Database(db_url)
        task = asyncio.create_task(add(fresh, name=f"{steps}"))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await fresh.close()
        async with db.begin() as tx:
            await insert_new(tx, THING, [{"name": f"{steps}"}])
    assert len(await names(db)) == 20


async def test_a_read_waits_for_no_writer_and_sees_one_moment(db):
    await add(db, name="ana")
    async with db.read() as tx:
        before = await rows_of(tx, select(THING.c.name))
        async with db.begin() as writer:
            await writer.execute(insert(THING).values(name="ben"))
            assert await rows_of(tx, select(THING.c.name)) == before
        assert await rows_of(tx, select(THING.c.name)) == before
    assert await names(db) == ["ana", "ben"]


async def test_a_read_after_a_write_sees_it_on_another_connection(db):
    for n in range(5):
        await add(db, name=str(n))
        async with db.read(), db.read():
            assert len(await names(db)) == n + 1


async def test_a_read_does_not_write_on_postgresql(postgres_db):
    async def write():
        async with postgres_db.read() as tx:
            await tx.execute(insert(THING).values(name="ana"))

    with pytest.raises(exc.DBAPIError, match="read-only"):
        await write()


async def test_locked_rows_are_changed_by_one_at_a_time(db_url, db):
    await add(db, name="counter", n=0)
    other = Database(db_url)

    async def count(database):
        async with database.begin() as tx:
            [row] = await rows_of(tx, lock_rows(tx, select(THING.c.n)))
            await tx.execute(update(THING).values(n=row.n + 1))

    await asyncio.gather(*(count(database) for database in (db, other) for _ in range(15)))
    async with db.read() as tx:
        assert [row.n for row in await rows_of(tx, select(THING.c.n))] == [30]
    await other.close()


async def test_a_mistake_of_ours_is_not_called_unavailable(db):
    for statement in ("SELEC", "SELECT * FROM nowhere", "SELECT nothing FROM thing"):
        with pytest.raises(exc.DBAPIError):
            await run(db, statement)


async def test_an_error_says_nothing_of_the_values(db):
    await add(db, name="Ana Secret")
    with pytest.raises(exc.IntegrityError) as caught:
        await add(db, name="Ana Secret")
    assert "Secret" not in str(caught.value)


@pytest.mark.parametrize("error", [FileNotFoundError("a file of ours"), TimeoutError("a wait of ours")])
async def test_an_error_of_the_caller_stays_what_it_is(db, error):
    async def begin_and_break():
        async with db.begin():
            raise error

    with pytest.raises(type(error), match="of ours"):
        await begin_and_break()


async def test_a_server_that_stops_is_unavailable_until_it_is_back():
    server = PostgresServer()
    db = Database(server.url())
    try:
        with pytest.raises(DatabaseUnavailableError):
            await db.ping()  # not started yet
        server.start()
        await db.ping()
        async with db.read(), db.read():  # several connections are open
            pass

        async def stop_in_the_middle():
            async with db.begin() as tx:
                await tx.execute(text("SELECT 1"))
                await asyncio.to_thread(server.stop)
                await tx.execute(text("SELECT 1"))

        with pytest.raises(DatabaseUnavailableError):
            await stop_in_the_middle()
        for _ in range(3):
            with pytest.raises(DatabaseUnavailableError):
                await db.ping()
        await asyncio.to_thread(server.start)
        for _ in range(3):
            await db.ping()
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)  # while nobody asked
        await db.ping()
    finally:
        await db.close()
        server.remove()


async def test_a_lost_connection_is_unavailable_once(postgres_db):
    with pytest.raises(DatabaseUnavailableError):
        await run(postgres_db, "SELECT pg_terminate_backend(pg_backend_pid())")
    await postgres_db.ping()


async def test_a_connection_lost_at_the_commit_is_unavailable(postgres_db):
    async def add_and_lose():
        async with postgres_db.begin() as tx, postgres_db.begin() as killer:
            await tx.execute(insert(THING).values(name="ana"))
            pid = (await tx.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            await killer.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    with pytest.raises(DatabaseUnavailableError):
        await add_and_lose()
    assert await names(postgres_db) == []


async def test_a_deadlock_is_unavailable_for_one_of_the_two(postgres_db):
    await add(postgres_db, name="a")
    await add(postgres_db, name="b")
    both_hold_one = asyncio.Barrier(2)

    async def change(first, second):
        async with postgres_db.begin() as tx:
            await tx.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
            await tx.execute(update(THING).where(THING.c.name == first).values(n=1))
            await both_hold_one.wait()
            await tx.execute(update(THING).where(THING.c.name == second).values(n=1))

    outcomes = await asyncio.gather(change("a", "b"), change("b", "a"), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DatabaseUnavailableError", "NoneType"]


async def test_a_lock_that_is_not_given_back_is_unavailable(postgres_db):
    async def wait_for_it():
        async with postgres_db.begin() as tx:
            await tx.execute(text("SET LOCAL lock_timeout = '10ms'"))
            await tx.execute(text("LOCK TABLE thing"))

    async with postgres_db.begin() as holder:
        await holder.execute(text("LOCK TABLE thing"))
        with pytest.raises(DatabaseUnavailableError):
            await wait_for_it()
        waits = await holder.execute(text("SHOW lock_timeout"))
        assert waits.scalar_one() == "30s"


async def test_when_all_connections_are_taken_it_is_unavailable(postgres_url):
    db = Database(postgres_url, connections=1)
    db._engine.sync_engine.pool._timeout = 0.01
    async with db.begin():
        with pytest.raises(DatabaseUnavailableError):
            await db.ping()
    await db.ping()
    await db.close()


async def test_a_file_that_another_process_writes_is_unavailable_to_writers(monkeypatch, sqlite_url, sqlite_db):
    monkeypatch.setattr(engine_module, "BUSY_AFTER", 0.01)
    db = Database(sqlite_url)
    other = sqlite3.connect(sqlite_db.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailableError, match="locked"):
        await add(db, name="ana")
    assert await names(db) == []  # readers do not care
    other.execute("COMMIT")
    await add(db, name="ana")
    other.close()
    await db.close()


async def test_a_full_disk_is_unavailable_until_there_is_room(sqlite_url):
    db = await with_thing(Database(sqlite_url))
    await run(db, "PRAGMA max_page_count = 1")  # as small as it can be: what is used now
    with pytest.raises(DatabaseUnavailableError, match="full"):
        await add(db, name="x" * 1_000_000)
    await run(db, "PRAGMA max_page_count = 1000000")
    await add(db, name="x" * 1_000_000)
    await db.close()


async def test_a_folder_that_is_not_there_is_unavailable(tmp_path):
    db = Database(f"sqlite:///{tmp_path}/none/sayso.db")
    with pytest.raises(DatabaseUnavailableError, match="open"):
        await db.ping()
    await db.close()


@pytest.mark.parametrize("wrong", ["database", "user"])
async def test_a_server_that_refuses_us_says_what_to_correct(postgres, wrong):
    db = Database(postgres.url("nowhere") if wrong == "database" else postgres.url().replace("postgres@", "nobody@"))
    with pytest.raises(DatabaseRefusedError, match="SAYSO_DATABASE_URL"):
        await db.ping()
    await db.close()


@pytest.mark.parametrize("url", ["", "sayso.db", "mysql://ana:secret@host/db", "postgresql://ana:secret@host:port/db"])
def test_an_address_that_is_none_is_refused_without_repeating_it(url):
    with pytest.raises(DatabaseAddressError) as caught:
        Database(url)
    assert "secret" not in str(caught.value)


def test_opening_nothing_a_database_can_be_made_before_there_is_one():
    assert Database("postgresql://ana:secret@no.such.host.invalid/db").is_sqlite is False
    assert "secret" not in str(Database("postgresql://ana:secret@host/db").url)


async def test_sqlite_keeps_what_was_committed_even_if_the_power_goes(sqlite_db):
    found = [(await run(sqlite_db, f"PRAGMA {name}")).scalar_one() for name in ("journal_mode", "synchronous")]
    assert found == ["wal", 2]  # 2: FULL

"""What every test may ask for: a clock, and a database that is SQLite first and PostgreSQL next.

`db` runs a test on both. `sqlite_db` and `postgres_db` are one of them, `db_url`, `sqlite_url` and `postgres_url` only
the address, for tests that start processes. Each is fresh and has its tables; `empty_url` has none.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.database import Database
from core.database.migrate import migrate
from tests.clock import FakeClock
from tests.postgres import PostgresServer, in_thread

BOTH = ("sqlite", "postgres")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The one server of this test run, with the tables in its database `sayso`."""
    server = PostgresServer()
    try:
        server.start()
        server.execute("CREATE DATABASE sayso")
        in_thread(_make_tables(server.url("sayso")))
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "sayso.db"
    in_thread(_make_tables(f"sqlite:///{path}"))
    return path


async def _make_tables(url: str) -> None:
    db = Database(url)
    await migrate(db)
    await db.close()


@pytest.fixture
def sqlite_url(sqlite_file: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_file, tmp_path / 'sayso.db')}"


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.new_database(like="sayso")
    yield url
    postgres.drop_database(url)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def empty_postgres_url(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.new_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(params=BOTH)
def db_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


@pytest.fixture
async def db(db_url: str) -> AsyncIterator[Database]:
    async for database in _opened(db_url):
        yield database


@pytest.fixture
async def sqlite_db(sqlite_url: str) -> AsyncIterator[Database]:
    async for database in _opened(sqlite_url):
        yield database


@pytest.fixture
async def postgres_db(postgres_url: str) -> AsyncIterator[Database]:
    async for database in _opened(postgres_url):
        yield database


async def _opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()

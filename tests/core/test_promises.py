"""Everything that a campaign promises is given, once, whatever happens: any campaign, any history, both databases.

A world of people, servers and shops remembers what it was told and brought, and the books are compared with it after
each deed. `SAYSO_TEST_DEPTH=100 pytest tests/core/test_promises.py` looks for longer.
"""

import pytest
from hypothesis import HealthCheck, given, settings

from core.database import Database
from tests.depth import times

pytest.register_assert_rewrite("tests.core.promises.law")
from tests.core.promises.law import kept_in_the_end, obeyed  # noqa: E402
from tests.core.promises.story import Story, scripts  # noqa: E402

SOME = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


@pytest.fixture
async def one_sqlite(sqlite_url):
    db = Database(sqlite_url)
    yield db
    await db.close()


@pytest.fixture
async def one_postgres(postgres):
    url = postgres.new_database(like="sayso")
    db = Database(url)
    yield db
    await db.close()
    postgres.drop_database(url)


async def check(db, script):
    story = await Story.begin(db, script)
    books = None
    for what, *how in script.deeds:
        await story.do(what, *how)
        books = await obeyed(story, books)
    await story.end_well()
    await obeyed(story, None)
    await kept_in_the_end(story)


@given(scripts)
@settings(SOME, max_examples=times(16))
async def test_on_sqlite_every_promise_is_kept_once(one_sqlite, script):
    await check(one_sqlite, script)


@given(scripts)
@settings(SOME, max_examples=times(4))
async def test_on_postgres_too(one_postgres, script):
    await check(one_postgres, script)

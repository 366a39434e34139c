from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, exc, insert, select

from core.database import among, as_note, insert_new, rows_of, spelled, upsert
from tests.core.things import THING, add, with_thing
from tests.depth import times

BIG = 2**62


@pytest.fixture
async def db(db):
    return await with_thing(db)


@pytest.fixture
async def sqlite_db(sqlite_db):
    return await with_thing(sqlite_db)


@pytest.mark.parametrize("number", [0, 1, 10_000])
@pytest.mark.parametrize("kind", ["n", "name"])
async def test_among_finds_what_is_among_any_number(db, number, kind):
    every = [{"name": f"ä'{n}\"", "n": BIG + n} for n in range(3)]
    async with db.begin() as tx:
        await tx.execute(insert(THING), every)
        wanted = [(BIG + n if kind == "n" else f"ä'{n}\"") for n in range(1, number + 1)]
        found = await rows_of(tx, select(THING.c[kind]).where(among(tx, THING.c[kind], wanted)))
    assert len(found) == min(number, 2)


async def test_among_takes_one_parameter_and_one_statement_for_any_number(db, statements):
    async with statements(db) as sent, db.begin() as tx:
        for wanted in ([], [1], range(5000)):
            await rows_of(tx, select(THING.c.id).where(among(tx, THING.c.id, wanted)))
    assert len(sent) == 3
    assert len(set(sent)) == 1


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 12, 1, 12, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 3, 29, 2, 30, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        None,
    ],
)
async def test_a_time_comes_back_as_it_was_in_utc(db, at):
    await add(db, at=at)
    async with db.read() as tx:
        [row] = await rows_of(tx, select(THING.c.at))
    assert row.at == at
    assert at is None or row.at.utcoffset() == timedelta()


async def test_a_time_without_a_zone_is_refused(db):
    with pytest.raises(exc.StatementError):
        await add(db, at=datetime(2026, 12, 1))  # noqa: DTZ001


@given(times=st.lists(st.datetimes(timezones=st.timezones()), max_size=20))
@settings(max_examples=times(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_times_are_ordered_and_compared_as_times(sqlite_db, times):
    times = [at.astimezone(UTC) for at in times if 1 < at.year < 9999]
    async with sqlite_db.begin() as tx:
        await tx.execute(delete(THING))
        await insert_new(tx, THING, [{"at": at} for at in times])
        ordered = [row.at for row in await rows_of(tx, select(THING.c.at).order_by(THING.c.at))]
        assert ordered == sorted(times)
        for at in times:
            before = await rows_of(tx, select(THING.c.id).where(THING.c.at < at))
            assert len(before) == sum(each < at for each in times)


async def test_insert_new_adds_what_is_not_there(db):
    await add(db, name="ana", n=1)
    async with db.begin() as tx:
        await insert_new(tx, THING, [])
        await insert_new(tx, THING, [{"name": "ana", "n": 2}, {"name": "ben", "n": 3}, {"name": "ben", "n": 4}])
        assert [row.n for row in await rows_of(tx, select(THING.c.n).order_by(THING.c.n))] == [1, 3]


async def test_an_upsert_says_what_to_do_about_what_is_there(db):
    async with db.begin() as tx:
        for n in (1, 2):
            add_up = upsert(tx, THING).values(name="ana", n=n)
            await tx.execute(
                add_up.on_conflict_do_update(index_elements=["name"], set_={"n": THING.c.n + add_up.excluded.n})
            )
        assert [row.n for row in await rows_of(tx, select(THING.c.n))] == [3]


@given(problem=st.text(st.characters(), max_size=600))
def test_any_note_is_short_and_can_be_stored(problem):
    note = as_note(problem)
    assert len(note) <= 500
    assert "\0" not in note
    note.encode()


def test_only_plain_words_are_spelled_out():
    with pytest.raises(ValueError, match="plain"):
        spelled("' OR 1=1")

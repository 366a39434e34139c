"""Several rooms ask the database at once."""

import asyncio

import pytest
from sqlalchemy import select

from core.database import Conflict, change_rows, insert_alike, insert_rows, remove_rows, rows_among, rows_kept, together
from tests.core.things import THING, names, with_thing

_THINGS = select(THING.c.id, THING.c.name, THING.c.n, THING.c.at)
_BY_NAME = _THINGS.order_by(THING.c.name)


@pytest.fixture
async def db(db):
    return await with_thing(db)


def put(tx, *rows):
    return insert_rows(tx, THING, ("name", "n"), rows)


async def numbers(tx, *wanted):
    return [(row.name, row.n) for row in await rows_among(tx, _BY_NAME, THING.c.name, wanted)]


async def in_turn(tx, first, then):
    """What one work does after another one of its own."""
    return await numbers(tx, first), await numbers(tx, then)


async def is_sent(db, statements, work):
    async with statements(db) as sent, db.begin() as tx:
        found = await work(tx)
    return found, len(sent)


async def test_each_gets_what_it_asked_for(db, statements):
    async with db.begin() as tx:
        await put(tx, ("a", 1), ("b", 2), ("c", 3))

    async def ask(tx):
        return await together(tx, numbers(tx, "b", "a"), in_turn(tx, "c", "a"), numbers(tx), numbers(tx, "nobody"))

    found, sent = await is_sent(db, statements, ask)
    assert found == [[("a", 1), ("b", 2)], ([("c", 3)], [("a", 1)]), [], []]
    assert sent == (4 if db.is_sqlite else 2)


async def test_what_is_written_together_is_there_afterwards(db, statements, clock):
    async with db.begin() as tx:
        await put(tx, ("a", 1), ("b", 2), ("c", 3), ("d", 4))

    async def write(tx):
        return await together(
            tx,
            insert_rows(
                tx, THING, ("name", "n", "at"), [("new", 5, clock.now()), ("d", 9, None)], conflict=Conflict.SKIP
            ),
            change_rows(tx, THING, ("n",), [("a", 10)], key=("name",)),
            remove_rows(tx, THING, ("name", "n"), [("b", 2), ("c", 2)]),
            insert_alike(tx, THING, {"n": 7}, 2),
            numbers(tx, "c"),
        )

    (added, changed, removed, made, read), sent = await is_sent(db, statements, write)
    assert (added, changed, removed, len(set(made)), read) == (1, 1, 1, 2, [("c", 3)])
    assert sent == (5 if db.is_sqlite else 1)
    async with db.read() as tx:
        rows = await rows_kept(tx, _BY_NAME)
    assert {(row.name, row.n) for row in rows} == {("a", 10), ("c", 3), ("d", 4), ("new", 5), (None, 7)}
    assert [row.at for row in rows if row.name == "new"] == [clock.now()]


async def test_works_within_works_share_the_round_too(db, statements):
    async def nested(tx):
        return await together(tx, put(tx, ("a", 1)), put(tx, ("b", 2)))

    found, sent = await is_sent(db, statements, lambda tx: together(tx, nested(tx), put(tx, ("c", 3)), nested_read(tx)))
    assert found == [[1, 1], 1, [[], []]]
    assert sent == (5 if db.is_sqlite else 1)
    assert sorted(await names(db)) == ["a", "b", "c"]


async def nested_read(tx):
    return await together(tx, numbers(tx, "x"), numbers(tx, "y"))


async def test_one_that_fails_takes_the_others_with_it(db):
    async def fails(tx):
        await numbers(tx, "a")
        raise LookupError

    with pytest.raises(LookupError):
        async with db.begin() as tx:
            await together(tx, put(tx, ("a", 1)), fails(tx), put(tx, ("b", 2)))
    assert await names(db) == []


async def test_what_waits_for_something_else_is_refused(postgres_db):
    db = await with_thing(postgres_db)
    with pytest.raises(TypeError, match="something else"):
        async with db.begin() as tx:
            await together(tx, asyncio.sleep(0), numbers(tx, "a"))


async def test_a_sum_is_added_to_what_is_there(db):
    for rows in ([("a", 1)], [("a", 2), ("b", 5)]):
        async with db.begin() as tx:
            await insert_rows(tx, THING, ("name", "n"), rows, conflict=Conflict.ADD, key=("name",))
    async with db.read() as tx:
        assert await numbers(tx, "a", "b") == [("a", 3), ("b", 5)]

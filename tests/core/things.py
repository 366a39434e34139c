"""A table of no room's, to try the database with."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, String, Table, insert, select, text

from core.database import BigKey, UtcTime, rows_of

SCRATCH = MetaData()
THING = Table(
    "thing",
    SCRATCH,
    Column("id", BigKey, primary_key=True),
    Column("name", String, unique=True),
    Column("n", BigInteger),
    Column("at", UtcTime),
    Column("of", Integer, ForeignKey("thing.id")),
)


async def with_thing(db):
    async with db.begin() as tx:
        await tx.run_sync(SCRATCH.create_all)
    return db


async def add(db, **values):
    async with db.begin() as tx:
        await tx.execute(insert(THING).values(**values))


async def names(db):
    async with db.read() as tx:
        return [row.name for row in await rows_of(tx, select(THING.c.name).order_by(THING.c.id))]


async def run(db, statement, **values):
    async with db.begin() as tx:
        return await tx.execute(text(statement), values)

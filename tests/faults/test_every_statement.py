"""The database fails at the Nth statement of a batch, for every N: all of the batch has happened, or nothing of it."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, event, exc, select

from bots.telegram.handle import handler
from bots.telegram.receive import Keeper
from campaigns.apply import apply
from core import intake
from core.campaign import by_slug
from core.database import Database, DatabaseUnavailableError
from core.intake.facts import LinkWanted
from tests.clock import FakeClock
from tests.people import ANA, SALON, a_campaign

CODE = "7tbvBAirtk7"
NOON = int(datetime(2026, 12, 1, 12, tzinfo=UTC).timestamp())
Json = dict[str, Any]


def a_user(number: int) -> Json:
    return {"id": number, "is_bot": False, "first_name": f"Friend {number}"}


def a_message(update: int, sender: Json, text: str) -> Json:
    message = {
        "message_id": update,
        "date": NOON,
        "chat": {"id": sender["id"], "type": "private"},
        "from": sender,
        "text": text,
        "entities": [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}],
    }
    return {"update_id": update, "message": message}


def a_change(update: int, user: Json, before: str, after: str) -> Json:
    change = {
        "chat": {"id": SALON, "type": "supergroup", "title": "Salon"},
        "from": user,
        "date": NOON,
        "old_chat_member": {"status": before, "user": user},
        "new_chat_member": {"status": after, "user": user},
    }
    return {"update_id": update, "chat_member": change}


FLO, GUS = a_user(21), a_user(22)
BATCH = [
    a_message(1, FLO, f"/start {CODE}"),
    a_change(2, FLO, "left", "member"),
    a_message(3, GUS, f"/start {CODE}_whatsapp"),
    a_change(4, GUS, "left", "member"),
    a_change(5, GUS, "member", "left"),
    a_message(6, FLO, "/me"),
    a_message(7, FLO, "/top"),
    a_message(8, GUS, "/claim @nobody"),
    a_message(9, a_user(23), "/language fr"),
]


@pytest.fixture
async def prepared(db: Database, clock: FakeClock) -> Database:
    """A campaign that pays at once, Ana's link, and the batch in the inbox."""
    async with db.begin() as tx:
        await apply(tx, [a_campaign(chats=(SALON,))], now=clock.now())
        applied = await by_slug(tx, "spring")
        assert applied is not None
        wanted = LinkWanted(key="wanted", at=clock.now(), person=ANA, campaign_id=applied.id)
        await intake.take(tx, [wanted], now=clock.now(), new_code=lambda: CODE)
    await Keeper(db, clock).keep([json.dumps(update).encode() for update in BATCH])
    return db


@contextmanager
def failing(db: Database, at: int) -> Iterator[list[str]]:
    """The statement with this number fails, as on a full disk or a lost connection. The statements seen are given."""
    seen: list[str] = []

    def fail(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        seen.append(statement)
        if len(seen) == at:
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise exc.OperationalError(statement, {}, full)

    engine = db._engine.sync_engine
    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", fail)


def _everything(connection: Connection) -> dict[str, list[Any]]:
    """All that is kept, without the numbers that only say in which order rows were made."""
    tables = MetaData()
    tables.reflect(connection)
    return {table.name: sorted(map(str, connection.execute(select(table)).all())) for table in tables.sorted_tables}


async def everything(db: Database) -> dict[str, list[Any]]:
    async with db.read() as tx:
        return await tx.run_sync(_everything)


async def test_a_batch_happens_whole_or_not_at_all(prepared: Database, clock: FakeClock):
    updates = handler(prepared, clock, username="sayso_bot", after=lambda: None)
    before, failed_at = await everything(prepared), 0
    while True:
        with failing(prepared, failed_at + 1) as seen:
            try:
                assert await updates.once() == len(BATCH)
                break
            except DatabaseUnavailableError:
                failed_at += 1
                assert len(seen) == failed_at
        assert await everything(prepared) == before
    assert failed_at == len(seen) > 20
    after = await everything(prepared)
    assert {name for name in after if after[name] != before[name]} >= {
        "inbox",
        "journal",
        "member",
        "outbox",
        "referral",
    }
    assert len(after["outbox"]) >= 6
    assert await updates.once() == 0

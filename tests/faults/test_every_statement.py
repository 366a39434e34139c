"""The database fails at the Nth statement of a batch, for every N: all of the batch has happened, or nothing of it."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, Table, event, exc, select

from bots.discord.handle import handler as discord_handler
from bots.exchange.handler import Handler
from bots.telegram.handle import handler
from bots.telegram.receive import Keeper
from campaigns.apply import apply
from core import arrivals, chats, inbox, intake
from core.campaign import by_slug
from core.campaign.values import Campaign, Community, Platform
from core.database import Database, DatabaseUnavailableError, Tx
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


GUILD = 1577293185024000004
COMING = (673316654284800008, 1576749603225600009)
"""Two accounts that consented to be let into the server."""

PAYLOADS = Path(__file__).parents[1] / "discord" / "payloads"
EVENTS = (
    "invite_create",
    "member_add",
    "member_remove",
    "member_add_again",
    "invite_delete",
    "member_add_pending",
    "member_update_passed",
    "message",
    "command",
    "start",
    "claim",
    "language",
)


async def _prepare(tx: Tx, campaign: Campaign, *, now: datetime) -> None:
    """A campaign that pays at once, and Ana's link."""
    await apply(tx, [campaign], now=now)
    applied = await by_slug(tx, "spring")
    assert applied is not None
    wanted = LinkWanted(key="wanted", at=now, person=ANA, campaign_id=applied.id)
    await intake.take(tx, [wanted], now=now, new_code=lambda: CODE)


@pytest.fixture
async def prepared(db: Database, clock: FakeClock) -> Database:
    """With Telegram's batch in the inbox."""
    async with db.begin() as tx:
        await _prepare(tx, a_campaign(chats=(SALON,)), now=clock.now())
    await Keeper(db, clock).keep([json.dumps(update).encode() for update in BATCH])
    return db


@pytest.fixture
async def prepared_for_discord(db: Database, clock: FakeClock) -> Database:
    """With Discord's events in the inbox, and two people on their way in by their consent."""
    server = Community(name="atelier", platform=Platform.DISCORD, chat=GUILD)
    async with db.begin() as tx:
        await _prepare(tx, replace(a_campaign(), communities=(server,)), now=clock.now())
        chat = (await chats.at_addresses(tx, Platform.DISCORD, [GUILD]))[GUILD]
        for account in COMING:
            await arrivals.expect(tx, chat.id, account, CODE, None, now=clock.now())
        rows = [(f"a-session/{name}", (PAYLOADS / f"{name}.json").read_bytes()) for name in EVENTS]
        await inbox.store(tx, Platform.DISCORD, rows, now=clock.now())
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


def _tables(connection: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(connection)
    return found.sorted_tables


async def everything(db: Database, tables: Sequence[Table]) -> dict[str, list[Any]]:
    """All that is kept, without the numbers that only say in which order rows were made."""
    async with db.read() as tx:
        return {table.name: sorted(map(str, (await tx.execute(select(table))).all())) for table in tables}


async def _assert_whole_or_not_at_all(db: Database, updates: Handler, size: int, *, touches: set[str]) -> None:
    """Handle the batch, which fails at one statement after the other; `touches` are tables that it changes at last."""
    async with db.read() as tx:
        tables = await tx.run_sync(_tables)
    before, failed_at = await everything(db, tables), 0
    while True:
        with failing(db, failed_at + 1) as seen:
            try:
                assert await updates.once() == size
                break
            except DatabaseUnavailableError:
                failed_at += 1
                assert len(seen) == failed_at
        assert await everything(db, tables) == before
    assert failed_at == len(seen) > 20
    after = await everything(db, tables)
    assert {name for name in after if after[name] != before[name]} >= touches
    assert len(after["outbox"]) >= 6
    assert await updates.once() == 0


async def test_a_batch_happens_whole_or_not_at_all(prepared: Database, clock: FakeClock):
    updates = handler(prepared, clock, username="sayso_bot", after=lambda: None)
    touches = {"inbox", "journal", "member", "outbox", "referral"}
    await _assert_whole_or_not_at_all(prepared, updates, len(BATCH), touches=touches)


async def test_events_of_discord_happen_whole_or_not_at_all(prepared_for_discord: Database, clock: FakeClock):
    clock.advance(seconds=30)
    updates = discord_handler(prepared_for_discord, clock, after=lambda: None)
    touches = {"arrival", "inbox", "journal", "member", "membership", "outbox", "referral", "server_invite"}
    await _assert_whole_or_not_at_all(prepared_for_discord, updates, len(EVENTS), touches=touches)

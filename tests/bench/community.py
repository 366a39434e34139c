"""A campaign with advocates in a fresh database, and raw updates of friends who come through them."""

import json
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bots.exchange.handler import Handler
from bots.telegram.handle import handler
from bots.telegram.receive import Keeper
from core import campaign as campaigns
from core import chats, links, members
from core.campaign.values import Account, Campaign, Community, Platform, Qualify, Reward, To, Window
from core.clock import SystemClock
from core.database import Database
from core.database.migrate import migrate
from core.links import Link
from core.members import Person
from tests.postgres import PostgresServer

CHAT = -1001000000001
ADVOCATES = 200
FIRST_FRIEND = 5_000_000_000


@contextmanager
def databases() -> Iterator[dict[str, Callable[[], str]]]:
    """For each kind of database, what makes a fresh one and says its address. Both durable, as in production."""
    server = PostgresServer(durable=True)
    with tempfile.TemporaryDirectory(prefix="sayso-bench-") as folder:
        names = iter(range(10**6))
        try:
            server.start()
            yield {
                "SQLite": lambda: f"sqlite:///{Path(folder) / f'{next(names)}.db'}",
                "PostgreSQL": server.new_database,
            }
        finally:
            server.remove()


@dataclass(frozen=True, slots=True)
class Door:
    """The Telegram door's way in, on a database where a campaign runs."""

    db: Database
    codes: list[str]
    keeper: Keeper
    handler: Handler

    async def take(self, updates: list[bytes], *, at_once: int = 100) -> None:
        """Keep the updates as they would be fetched, then handle them all."""
        for first in range(0, len(updates), at_once):
            await self.keeper.keep(updates[first : first + at_once])
        while await self.handler.once():
            pass


@asynccontextmanager
async def door(url: str, *, destination: str = "choose") -> AsyncIterator[Door]:
    """A fresh database at that address, with a campaign and its advocates' links."""
    db, clock = Database(url), SystemClock()
    await migrate(db)
    codes, chat_id = await campaign_with_links(db, clock.now(), Platform.TELEGRAM, CHAT, destination=destination)
    async with db.begin() as tx:
        for code in codes:
            await links.keep_invite(tx, _invite(code), code=code, chat_id=chat_id, now=clock.now())
    try:
        yield Door(db, codes, Keeper(db, clock), handler(db, clock, username="sayso_bot", after=lambda: None))
    finally:
        await db.close()


async def campaign_with_links(
    db: Database, now: datetime, platform: Platform, chat: int, *, destination: str = "choose"
) -> tuple[list[str], int]:
    """A campaign in this one chat: the codes of its advocates' links, and the chat's id."""
    campaign = Campaign(
        slug="bench",
        title={"en": "Bench"},
        window=Window(timezone="UTC", starts=now - timedelta(days=1)),
        communities=(Community(name="salon", platform=platform, chat=chat),),
        destination=destination,
        qualify=Qualify(stay=timedelta(days=3), messages=1),
        rewards=(Reward(id="thanks", to=To.ADVOCATE, kind="points", setting=10, every=1),),
    )
    people = [
        Person(account=Account(platform=platform, id=n + 1), name=f"Advocate {n}", reachable=True)
        for n in range(ADVOCATES)
    ]
    async with db.begin() as tx:
        applied = await campaigns.keep(tx, campaign, now=campaign.window.starts)
        chat_id = await chats.ensure(tx, platform, chat)
        await chats.set_communities(tx, applied.id, {"salon": chat_id})
        known = await members.meet(tx, people, now=now)
        made = [Link(links.new_code(), applied.id, known[person.account].id) for person in people]
        await links.add(tx, made, now=now)
    return [link.code for link in made], chat_id


def joins(codes: list[str], numbers: range, at: datetime) -> list[bytes]:
    """Raw `chat_member` updates: friends who join by an advocate's private invitation."""
    return [_join(n, _invite(codes[n % len(codes)]), int(at.timestamp())) for n in numbers]


def starts(codes: list[str], numbers: range, at: datetime) -> list[bytes]:
    """Raw messages: friends who open an advocate's link."""
    return [_start(n, codes[n % len(codes)], int(at.timestamp())) for n in numbers]


def _invite(code: str) -> str:
    return f"https://t.me/+{code}"


def _friend(n: int) -> dict[str, Any]:
    return {"id": FIRST_FRIEND + n, "is_bot": False, "first_name": f"Friend {n}", "language_code": "en"}


def _join(n: int, invite: str, date: int) -> bytes:
    user = _friend(n)
    link = {"invite_link": invite, "creates_join_request": False, "is_primary": False, "is_revoked": False}
    link["creator"] = {"id": 1, "is_bot": True, "first_name": "Sayso"}
    update = {
        "chat": {"id": CHAT, "type": "supergroup", "title": "Salon"},
        "from": user,
        "date": date,
        "old_chat_member": {"status": "left", "user": user},
        "new_chat_member": {"status": "member", "user": user},
        "invite_link": link,
    }
    return json.dumps({"update_id": 10**8 + n, "chat_member": update}).encode()


def _start(n: int, code: str, date: int) -> bytes:
    user = _friend(n)
    message = {
        "message_id": n + 1,
        "date": date,
        "chat": {"id": user["id"], "type": "private", "first_name": user["first_name"]},
        "from": user,
        "text": f"/start {code}",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
    }
    return json.dumps({"update_id": 2 * 10**8 + n, "message": message}).encode()

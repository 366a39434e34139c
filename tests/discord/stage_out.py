"""What goes out, without what comes in: rows put into the outbox, interactions that nobody defers by himself."""

from typing import Any

from discord.http import HTTPClient, Route
from sqlalchemy import select

from bots.discord.kinds import OUTLET
from bots.discord.means import Means
from bots.discord.pool import Pools
from bots.discord.rest import Rest
from bots.discord.say import DiscordVoice
from bots.discord.say import notices as waiting
from bots.discord.translate import Reply
from bots.exchange.sender import Sender
from bots.sandbox.discord import Bot, Interaction, Person
from bots.talk.ask import Ask
from core import members, notices, outbox
from core.campaign.values import Account, Platform
from core.database import Database, rows_of, table_of
from core.members import Person as Somebody
from core.outbox import Outgoing
from core.outbox.table import OutboxRow
from tests.clock import FakeClock

_ROW = table_of(OutboxRow)
COMMANDS = [
    {"name": name, "description": "…", "type": 1, "contexts": [0, 1], "default_member_permissions": None}
    for name in ("me", "invite", "start")
]
NEWS = {"news": "friend_left", "language": "en", "title": "Lune", "friend": "Flo"}


class Out:
    """A sender on the stand-in."""

    def __init__(self, db: Database, clock: FakeClock, bot: Bot, http: HTTPClient) -> None:
        self.db, self.clock, self.bot, self.http = db, clock, bot, http
        self.voice = DiscordVoice("https://lune.example")
        self.restart()

    def restart(self) -> None:
        """A sender that remembers nothing."""
        rest = Rest(self.http, self.clock)
        pools = Pools(self.db, self.clock, rest, bot_id=self.bot.id)
        means = Means(db=self.db, clock=self.clock, http=self.http, rest=rest, pools=pools, own_id=self.bot.id)
        self.sender = Sender(OUTLET, means, wait=self._pass)

    async def _pass(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)

    async def commands(self) -> None:
        await self.http.bulk_upsert_global_commands(self.bot.id, payload=COMMANDS)

    async def defers(self, asked: Interaction, kind: int = 5) -> None:
        """Tell Discord that an answer will come, as the door does."""
        route = Route("POST", "/interactions/{i}/{t}/callback", i=asked.id, t=asked.token)
        await self.http.request(route, json={"type": kind, "data": {"flags": 64}})

    def ask(self, asked: Interaction, what: str = "me") -> Ask:
        pressed = asked.message is not None
        handle = Reply(
            application=self.bot.id, interaction=asked.id, token=asked.token, button=pressed, account=asked.user.id
        )
        return Ask(what=what, place=0, private=True, key=f"dc/ask/{asked.id}", pressed=pressed, handle=handle)

    async def says(self, asked: Interaction, text: str, *, part: str = "", **more: Any) -> None:
        """Put an answer into the outbox, as the conversation does."""
        ask = self.ask(asked)
        await self.put(self.voice.say(ask, text, key=f"{ask.key}{part}", now=self.clock.now(), **more))

    async def put(self, *rows: Outgoing) -> None:
        async with self.db.begin() as tx:
            await outbox.put(tx, rows)

    async def row(self, kind: str, address: int, content: dict[str, Any], *, key: str = "", grant: str = "") -> None:
        key = key or f"{kind}/{address}/{content.get('news', '')}"
        wanted = {"door": "discord", "address": address, "kind": kind, "content": content, "grant_cause": grant or None}
        await self.put(Outgoing(key=key, due_at=self.clock.now(), **wanted))

    async def meets(self, person: Person) -> int:
        """The person as a member that can be written to."""
        somebody = Somebody(account=account(person), name=person.username, reachable=True)
        async with self.db.begin() as tx:
            return (await members.meet(tx, [somebody], now=self.clock.now()))[somebody.account].id

    async def shows_notices(self, asked: Interaction, person: Person) -> int:
        """What the door does with what waits for somebody who asks; says how much that was."""
        async with self.db.begin() as tx:
            found = await waiting(tx, self.ask(asked), account(person), now=self.clock.now())
            await outbox.put(tx, found)
        return len(found)

    async def noticed(self, person: Person) -> list[notices.Notice]:
        """What waits for this person; it is taken by looking."""
        async with self.db.begin() as tx:
            return (await notices.take(tx, [account(person)], limit=100)).get(account(person), [])

    async def rows(self) -> list[Any]:
        async with self.db.read() as tx:
            return list(await rows_of(tx, select(_ROW).order_by(_ROW.c.id)))

    async def failures(self) -> list[str]:
        async with self.db.read() as tx:
            return [failure.error for failure in await outbox.failures(tx, limit=100)]

    async def held(self) -> list[str]:
        async with self.db.read() as tx:
            return [failure.error for failure in await outbox.held(tx, limit=100)]


def account(person: Person) -> Account:
    return Account(platform=Platform.DISCORD, id=person.id)


def shown(asked: Interaction) -> list[str]:
    """What the asker reads, message by message."""
    return [message.text for message in asked.replies]

"""A Discord server, the door's worker and handler, and a wire between them that a test can hold back.

Everything happens in steps, on a clock that stands still between them.
"""

from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import discord
from discord.http import Route
from sqlalchemy import select

from bots.discord.handle import handler
from bots.discord.pool import Pools
from bots.discord.receive import Keeper
from bots.discord.rest import Rest
from bots.discord.servers import Place, places
from bots.discord.worker import Worker
from bots.sandbox.discord import Bot, DiscordServer, DiscordWorld, Guild, Person
from bots.sandbox.discord.gateway.session import Session
from bots.sandbox.discord.gateway.welcome import greet, resume_greeting
from bots.sandbox.discord.intents import Intent
from campaigns.apply import apply
from core import arrivals, intake, members, referrals
from core import campaign as campaigns
from core.arrivals.store import ARRIVAL
from core.campaign.values import Account, Campaign, Platform
from core.database import Database, Tx, rows_of
from core.intake.facts import LinkWanted
from core.members import Person as Somebody
from core.referrals import Referral, Status
from tests.clock import FakeClock
from tests.depth import times
from tests.sandbox.discord.stage import pointed_at

RACES = times(10)
"""How many rounds the tests play."""

HEARD = Intent.GUILDS | Intent.GUILD_MEMBERS | Intent.GUILD_INVITES


@dataclass(frozen=True, slots=True)
class _Frame:
    sent_at: datetime
    text: str


class Wire:
    """What the gateway sends, in its order, until it is delivered. It is the stand-in's side of a connection."""

    def __init__(self, world: DiscordWorld, bot: Bot) -> None:
        self._world, self._bot = world, bot
        self.session: Session | None = None
        self.frames: deque[_Frame] = deque()
        self._seq = 0

    def connect(self) -> None:
        """A new session: READY, and the servers."""
        self.session = Session(id=self._world.secret(32), intents=HEARD, line=self)
        self._bot.gateway.add(self.session)
        greet(self._world, self._bot, self.session, "")

    def drop(self) -> None:
        """The wire is cut; what was sent and did not arrive is lost, unless the session is resumed."""
        assert self.session
        self.frames.clear()
        self.session.line = None

    def resume(self) -> None:
        """The same session again: what did not arrive is sent once more."""
        assert self.session
        missed = self.session.since(self._seq)
        assert missed is not None
        self.session.line = self
        for event in missed:
            self.send(event.frame())
        resume_greeting(self.session)

    def forget(self) -> None:
        """The session is lost, and what it would have told."""
        self.drop()
        self._bot.gateway.sessions.clear()
        self.session = None

    def take(self, *, older_than: timedelta | None = None, most: int | None = None) -> list[str]:
        """The next frames."""
        taken: list[str] = []
        now = self._world.clock.now()
        while self.frames and (most is None or len(taken) < most):
            if older_than is not None and self.frames[0].sent_at > now - older_than:
                break
            taken.append(self.frames.popleft().text)
        self._seq += len(taken)
        return taken

    def send(self, text: str) -> None:
        self.frames.append(_Frame(self._world.clock.now(), text))

    def hang_up(self, code: int | None) -> None:
        self.session = None


class Stage:
    """A server with a campaign, and the door's parts that look after it."""

    def __init__(self, db: Database, clock: FakeClock, world: DiscordWorld, bot: Bot, guild: Guild, rest: Rest) -> None:
        self.db, self.clock, self.world, self.bot, self.guild, self.rest = db, clock, world, bot, guild, rest
        self.wire = Wire(world, bot)
        self._place: Place | None = None
        self.start()

    def start(self) -> None:
        """A new process: nothing is remembered but what the database holds."""
        self.pools = Pools(self.db, self.clock, self.rest, bot_id=self.bot.id)
        self.worker = Worker(self.db, self.clock, self.rest, pools=self.pools, buffered=self._buffered)
        self.keeper = Keeper(self.db, self.clock, watch=self.worker, asked=lambda _: None)
        self.handler = handler(self.db, self.clock, after=self.worker.wake)

    def _buffered(self) -> datetime | None:
        return self.keeper.waiting_since()

    async def apply(self, campaign: Campaign) -> None:
        self._place = None
        async with self.db.begin() as tx:
            await apply(tx, [campaign], now=self.clock.now())

    async def place(self) -> Place:
        """The server as the worker sees it."""
        if self._place is None:
            async with self.db.read() as tx:
                found = await places(tx, now=self.clock.now())
            self._place = next(each for each in found if each.guild == self.guild.id)
        return self._place

    async def connect(self) -> None:
        """A new session, everything caught up with, and comparisons believed again."""
        self.wire.connect()
        await self.rest_a_while(5)
        await self.settle()

    async def hear(self, **which: Any) -> None:
        """What comes by the wire is kept and handled."""
        for text in self.wire.take(**which):
            self.keeper.hear(text)
        await self.keeper.keep()
        while await self.handler.once():
            pass

    async def step(self, seconds: float = 1.0) -> None:
        """Time passes; everything that was sent is heard, and what is due is done."""
        self.clock.advance(seconds=seconds)
        await self.hear()
        await self.worker.once()

    async def rest_a_while(self, seconds: int) -> None:
        for _ in range(seconds):
            await self.step()

    async def settle(self, *, within: timedelta = timedelta(hours=2)) -> None:
        """Until nothing is open any more, or so much time has passed."""
        until = self.clock.now() + within
        await self.step()
        while self.clock.now() < until:
            async with self.db.read() as tx:
                due_at = await arrivals.next_due(tx)
            if due_at is None or due_at > until:
                return
            await self.step(max(0.5, (due_at - self.clock.now()).total_seconds()))

    # Links and visits

    async def codes(self, people: Iterable[Person]) -> dict[int, str]:
        """The links of these people, made if need be."""
        async with self.db.begin() as tx:
            campaign_id = await self._campaign_id(tx)
            wanted = [
                LinkWanted(key=f"wanted/{each.id}", at=self.clock.now(), person=somebody(each), campaign_id=campaign_id)
                for each in people
            ]
            outcomes = await intake.take(tx, wanted, now=self.clock.now())
        return {each.member.account.id: each.link.code for each in outcomes if each.link is not None}

    async def visit(self, code: str) -> str | None:
        """Somebody opens the link: the invite that the web gives them."""
        place = await self.place()
        async with self.db.begin() as tx:
            return await arrivals.take_invite(tx, place.chat_id, code, None, now=self.clock.now())

    async def expect(self, friend: Person, code: str) -> None:
        """Somebody consented on our page, and is about to be let in."""
        place = await self.place()
        async with self.db.begin() as tx:
            await arrivals.expect(tx, place.chat_id, friend.id, code, None, now=self.clock.now())

    # What came of it

    async def referrals(self) -> dict[int, Referral]:
        """Everybody's referral, by the friend's account."""
        async with self.db.read() as tx:
            newest = await referrals.newest(tx, await self._campaign_id(tx), limit=100_000)
            people = await members.by_id(tx, [each.friend_id for _, each in newest])
        return {people[each.friend_id].account.id: each for _, each in newest}

    async def credits(self) -> dict[int, str]:
        """Which link is paid for each friend, now or once they have stayed."""
        paid = (Status.PENDING, Status.QUALIFIED, Status.REWARDED)
        return {
            friend: each.code or ""
            for friend, each in (await self.referrals()).items()
            if each.confidence.pays and each.status in paid
        }

    async def states(self) -> dict[int, str]:
        """What was found of each arrival; of several stays, the last."""
        place = await self.place()
        async with self.db.read() as tx:
            query = select(ARRIVAL).where(ARRIVAL.c.chat_id == place.chat_id).order_by(ARRIVAL.c.joined_at)
            return {row.account_id: row.state for row in await rows_of(tx, query)}

    async def _campaign_id(self, tx: Tx) -> int:
        return (await campaigns.applied(tx))[0].id


def somebody(person: Person) -> Somebody:
    return Somebody(account=Account(platform=Platform.DISCORD, id=person.id), name=person.username)


@asynccontextmanager
async def staged(
    db: Database, clock: FakeClock, *, campaign: Any, random: Any = None, **ways: Any
) -> AsyncIterator[Stage]:
    """A server with the campaign that `campaign(guild)` makes; `ways` are the server's knobs."""
    world = DiscordWorld(clock=clock, random=random)
    async with DiscordServer(world) as server:
        with pointed_at(server):
            bot = world.bot("sayso")
            guild = world.guild("Le Cercle", bots=[bot], **ways)
            Route.BASE = server.api_url
            client = discord.Client(intents=discord.Intents(guilds=True), max_ratelimit_timeout=30)
            await client.login(bot.token)
            try:
                stage = Stage(db, clock, world, bot, guild, Rest(client.http, clock))
                await stage.apply(campaign(guild))
                yield stage
            finally:
                await client.close()

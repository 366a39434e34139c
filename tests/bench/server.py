"""A campaign on a Discord server in a fresh database, and what the gateway says of friends who come by its links."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import discord
from discord.gateway import DiscordWebSocket

from bots.discord import rest
from bots.discord.arrivals import Tracer
from bots.discord.events import Interaction, Member, User
from bots.discord.gateway import _Client
from bots.discord.handle import handler
from bots.discord.receive import SOURCE, Keeper
from bots.exchange.handler import Handler
from core import arrivals, inbox, members, referrals
from core.arrivals import Invite, Listing, MadeFor
from core.attribution.rules import Confidence
from core.campaign.values import Account, Platform
from core.database import Database, Tx
from core.database.migrate import migrate
from tests.bench.community import campaign_with_links

BOT = 1577293185024000001
GUILD = 1577293185024000004
CHANNEL = 1577293185024000005
FIRST_FRIEND = 673316654284800008
INTENTS = discord.Intents(guilds=True, members=True, invites=True)

READ_AFTER = arrivals.NEWS_TAKES
CALM_AFTER = timedelta(minutes=2)

_APART = 1 << 24  # accounts are so far apart


class ShiftedClock:
    """The system's clock, which can be put forward over a wait."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def skip(self, time: timedelta) -> None:
        self._ahead += time


class Watch:
    """Nobody who would catch up is there."""

    def ready(self) -> None:
        pass

    def resumed(self) -> None:
        pass

    def away(self) -> None:
        pass

    def guild(self, guild_id: int) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Coming:
    """A friend about to come: through which link, by which invite."""

    number: int
    account: int
    link: str
    joined_at: datetime

    @property
    def invite(self) -> str:
        return f"inv{self.number:07}"

    def frames(self) -> list[str]:
        """What the gateway says when they come: that they are there, and that their invite is used up."""
        return [
            _frame("GUILD_MEMBER_ADD", 2 * self.number + 10, _member(self.account, self.joined_at)),
            _frame("INVITE_DELETE", 2 * self.number + 11, self._used_up()),
        ]

    def _used_up(self) -> dict[str, Any]:
        return {"channel_id": str(CHANNEL), "guild_id": str(GUILD), "code": self.invite}


@dataclass
class Answers(rest.Rest):
    """What Discord would answer, from memory: all invites of the friends who came are used up, and it knows whose."""

    hits: dict[int, rest.Hit] = field(default_factory=dict)

    async def invites(self, guild: int) -> list[rest.Invite]:
        return []

    async def vanity(self, guild: int) -> rest.Vanity:
        return rest.Vanity()

    async def search(self, guild: int, users: Sequence[int]) -> list[rest.Hit]:
        return [self.hits[user] for user in users]

    def know(self, friends: Sequence[Coming]) -> None:
        for each in friends:
            user = User(id=each.account, username=f"friend{each.number}")
            member = Member(user=user, joined_at=each.joined_at)
            self.hits[each.account] = rest.Hit(member=member, source_invite_code=each.invite, join_source_type=5)


@dataclass(frozen=True, slots=True)
class ServerDoor:
    """The Discord door's way in: from the gateway's frames to credited referrals."""

    db: Database
    clock: ShiftedClock
    codes: list[str]
    chat_id: int
    socket: DiscordWebSocket
    keeper: Keeper
    handler: Handler
    answers: Answers
    tracer: Tracer

    async def invite(self, numbers: range) -> list[Coming]:
        """Friends with an invite each, made for their visit of a link; the last of them was made a minute ago."""
        friends = coming(self.codes, numbers, self.clock.now() + timedelta(minutes=1))
        async with self.db.begin() as tx:
            for each in friends:
                await arrivals.made(
                    tx,
                    self.chat_id,
                    Invite(code=each.invite, uses=0, max_uses=1, expires_at=each.joined_at + timedelta(hours=1)),
                    made_for=MadeFor.VISIT,
                    link_code=each.link,
                    channel="copy",
                    now=self.clock.now(),
                )
        self.clock.skip(timedelta(minutes=1))
        self.answers.know(friends)
        return friends

    async def record(self, frames: Sequence[str]) -> None:
        """Hear the frames, keep them, and handle them all."""
        await heard(self.socket, frames)
        await self.keeper.keep()
        while await self.handler.once():
            pass

    async def trace(self) -> None:
        """Compare and search until Discord would be asked no more, or only after a wait."""
        async with self.db.read() as tx:
            due = await arrivals.due(tx, now=self.clock.now())
        for each in due:
            if each.settles:
                await self.tracer.settle(each)
            if each.searches:
                await self.tracer.search(each)

    async def calm(self) -> None:
        """Catch up, and wait until a comparison is believed again."""
        async with self.db.begin() as tx:
            now = self.clock.now()
            listing = Listing(invites=[], vanity=None, asked_at=now, read_at=now)
            await arrivals.begin_catch_up(tx, self.chat_id, now=now)
            await arrivals.listed(tx, self.chat_id, listing, heard_until=now, now=now)
            await arrivals.caught_up(tx, self.chat_id, now=now)
        self.clock.skip(CALM_AFTER)
        await self.trace()

    async def credited(self, friends: Sequence[Coming]) -> int:
        """How many of these friends are surely credited to the advocate whose link they came through."""
        async with self.db.read() as tx:
            accounts = {Account(platform=Platform.DISCORD, id=each.account): each for each in friends}
            known = {each.id: accounts[account] for account, each in (await members.by_account(tx, accounts)).items()}
            found = (await referrals.of_friends(tx, known)).values()
        sure = [each for each in found if each.confidence is Confidence.EXACT and each.channel == "copy"]
        return sum(each.code == known[each.friend_id].link for each in sure)


@asynccontextmanager
async def server_door(url: str) -> AsyncIterator[ServerDoor]:
    """A fresh database at that address, with a campaign on a server that has been caught up with."""
    db, clock = Database(url), ShiftedClock()
    await migrate(db)
    codes, chat_id = await campaign_with_links(db, clock.now(), Platform.DISCORD, GUILD)
    keeper = Keeper(db, clock, watch=Watch(), asked=_nobody_asks)
    socket = await socket_of(_Client(keeper.hear, lambda: None, INTENTS))
    answers = Answers()

    async def heard_until(tx: Tx) -> datetime:
        return (await inbox.oldest(tx, SOURCE)) or clock.now()

    ours = ServerDoor(
        db,
        clock,
        codes,
        chat_id,
        socket,
        keeper,
        handler(db, clock, after=lambda: None),
        answers,
        Tracer(db, clock, answers, heard_until=heard_until),
    )
    try:
        await ours.record(greeting(clock.now()))
        await ours.calm()
        yield ours
    finally:
        await db.close()


async def socket_of(client: discord.Client) -> DiscordWebSocket:
    """The client's websocket as `DiscordWebSocket.from_client` makes it, without a connection."""
    await client._async_setup_hook()
    socket = DiscordWebSocket(cast(Any, None), loop=client.loop)
    socket._connection = client._connection
    socket._discord_parsers = client._connection.parsers
    socket._dispatch = client.dispatch
    socket.shard_id = None
    if client._enable_debug_events:
        socket.log_receive = socket.debug_log_receive  # type: ignore[method-assign]
    return socket


async def heard(socket: DiscordWebSocket, frames: Sequence[str], *, at_once: int = 100) -> None:
    """Receive the frames; return when every task that they began has come to its end."""
    for first in range(0, len(frames), at_once):
        for frame in frames[first : first + at_once]:
            await socket.received_message(frame)
        await asyncio.sleep(0)


def coming(codes: Sequence[str], numbers: range, joined_at: datetime) -> list[Coming]:
    """Friends who come at that time, by the links in turn."""
    return [Coming(n, FIRST_FRIEND + n * _APART, codes[n % len(codes)], joined_at) for n in numbers]


def greeting(at: datetime) -> list[str]:
    """How a session begins."""
    user = {**_user(BOT, "sayso"), "bot": True}
    own = {**_member(BOT, at), "user": user}
    ready = {
        "v": 10,
        "user": user,
        "session_id": "bench",
        "resume_gateway_url": "wss://gateway.invalid",
        "guilds": [{"id": str(GUILD), "unavailable": True}],
        "application": {"id": str(BOT), "flags": 0},
    }
    everyone = {"id": str(GUILD), "name": "@everyone", "position": 0, "color": 0, "permissions": "8", "hoist": False}
    everyone |= {"managed": False, "mentionable": False, "flags": 0}
    channel = {"id": str(CHANNEL), "type": 0, "name": "general", "position": 0, "permission_overwrites": []}
    guild = {
        "id": str(GUILD),
        "name": "Salon",
        "owner_id": str(BOT),
        "features": [],
        "roles": [everyone],
        "members": [own],
        "channels": [channel],
        "member_count": 1,
        "unavailable": False,
        "large": False,
    }
    return [_frame("READY", 1, ready), _frame("GUILD_CREATE", 2, guild)]


def _frame(kind: str, number: int, data: dict[str, Any]) -> str:
    return json.dumps({"t": kind, "s": number, "op": 0, "d": data}, separators=(",", ":"))


def _member(account: int, joined_at: datetime) -> dict[str, Any]:
    nothing = ("avatar", "avatar_decoration_data", "banner", "collectibles", "communication_disabled_until", "nick")
    return {
        "guild_id": str(GUILD),
        "user": _user(account, f"friend{account}"),
        **dict.fromkeys(nothing),
        "flags": 0,
        "joined_at": joined_at.isoformat(),
        "pending": False,
        "premium_since": None,
        "roles": [],
        "mute": False,
        "deaf": False,
    }


def _user(account: int, name: str) -> dict[str, Any]:
    nothing = ("avatar", "avatar_decoration_data", "collectibles", "banner", "accent_color", "primary_guild")
    told = {"id": str(account), "username": name, "global_name": name.title(), "discriminator": "0"}
    return {**told, **dict.fromkeys(nothing), "public_flags": 0, "flags": 0}


def _nobody_asks(_: Interaction) -> None:
    raise AssertionError("nobody asks anything here")

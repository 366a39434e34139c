"""What tests of Discord's stand-in share: a server, clients of two libraries, and a judge of all that is said."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any

import discord
import hikari
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bots.sandbox.discord import Bot, DiscordServer
from tests.waiting import until

REFERRALS = discord.Intents(guilds=True, members=True, invites=True)


@contextmanager
def pointed_at(server: DiscordServer) -> Iterator[None]:
    """discord.py talks to this server, in the whole process."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = server.api_url, yarl.URL(server.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


class Client(discord.Client):
    """A client that keeps the events it gets, raw and in the order they came."""

    def __init__(self, *, intents: discord.Intents = REFERRALS, **options: Any) -> None:
        super().__init__(
            intents=intents,
            **{"guild_ready_timeout": 0.05, "chunk_guilds_at_startup": False, "enable_debug_events": True} | options,
        )
        self.tree = discord.app_commands.CommandTree(self)
        self.raw: list[tuple[str, dict[str, Any]]] = []
        self.heard: list[tuple[Any, ...]] = []

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without the pause of five seconds after an invalid session."""

    async def on_socket_raw_receive(self, message: str) -> None:
        frame = discord.utils._from_json(message)
        if frame["op"] == 0:
            self.raw.append((frame["t"], frame["d"]))

    def raw_of(self, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
        return [(kind, data) for kind, data in self.raw if kind in kinds]

    async def on_member_join(self, member: discord.Member) -> None:
        self.heard.append(("join", member.id))

    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        self.heard.append(("remove", payload.user.id))

    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        self.heard.append(("update", after.id, before.pending, after.pending))

    async def on_invite_create(self, invite: discord.Invite) -> None:
        self.heard.append(("invite", invite.code))

    async def on_invite_delete(self, invite: discord.Invite) -> None:
        self.heard.append(("invite gone", invite.code))

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(("message", message.content))

    async def on_resumed(self) -> None:
        self.heard.append(("resumed",))


@asynccontextmanager
async def running(client: Client, bot: Bot) -> AsyncIterator[Client]:
    """The client, logged in and ready."""
    task = asyncio.create_task(client.start(bot.token))
    try:
        await until(lambda: task.done() or client.is_ready())
        if task.done():
            await task
        yield client
    finally:
        await client.close()
        await asyncio.gather(task, return_exceptions=True)


def refused(code: int, status: int = 403) -> AbstractContextManager[Any]:
    """An answer of this status with this code of Discord's."""

    def fits(error: discord.HTTPException) -> bool:
        return (error.status, error.code) == (status, code)

    return pytest.raises(discord.HTTPException, check=fits)


def hikari_bot(server: DiscordServer, bot: Bot) -> hikari.GatewayBot:
    intents = hikari.Intents.GUILDS | hikari.Intents.GUILD_MEMBERS | hikari.Intents.GUILD_INVITES
    return hikari.GatewayBot(
        bot.token,
        rest_url=server.api_url,
        intents=intents,
        banner=None,
        logs=None,
        auto_chunk_members=False,
        suppress_optimization_warning=True,
    )

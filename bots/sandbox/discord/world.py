"""The small Discord that everything happens in: who exists, which guilds there are, and what was asked of the API."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from random import Random
from string import ascii_letters, digits
from typing import Any, TypeVar

from bots.sandbox.clock import Clock, WallClock
from bots.sandbox.discord.audit import Action, AuditEntry
from bots.sandbox.discord.belonging import add_bot
from bots.sandbox.discord.calls import ApiCall
from bots.sandbox.discord.channels import Channel, ChannelType
from bots.sandbox.discord.commands import Commands
from bots.sandbox.discord.events import tell_guild, tell_guild_gone, tell_of_guild
from bots.sandbox.discord.faults import Faults
from bots.sandbox.discord.gateway.gateway import Gateway
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.intents import Intent
from bots.sandbox.discord.interactions import Interaction
from bots.sandbox.discord.invites import Invite
from bots.sandbox.discord.inviting import expire, hold_uses, settle
from bots.sandbox.discord.limits import Limits
from bots.sandbox.discord.members import Member
from bots.sandbox.discord.oauth import OAuth
from bots.sandbox.discord.people import Person
from bots.sandbox.discord.permissions import BOT, EVERYONE, Permission
from bots.sandbox.discord.roles import Role
from bots.sandbox.discord.snowflakes import Snowflakes
from bots.sandbox.discord.users import Bot, User, token_for
from bots.sandbox.pulse import Pulse

T = TypeVar("T")
ALPHABET = ascii_letters + digits


class DiscordWorld:
    """A little Discord in memory. It is not thread-safe: use it from one event loop.

    `clock` gives dates and ids, lets invites and tokens expire; `random` makes codes and tokens; `history` is how many
    messages a channel and an inbox keep, `calls_kept` how many calls.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        random: Random | None = None,
        history: int = 200,
        calls_kept: int = 5000,
    ) -> None:
        self.clock = clock or WallClock()
        self.random = random or Random(1)  # noqa: S311 - nothing here is secret
        self.history = history
        self.changed = Pulse()
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.interactions: dict[str, Interaction] = {}
        self.calls: deque[ApiCall] = deque(maxlen=calls_kept)
        self.faults = Faults()
        self.limits = Limits()
        self.gateway_url = ""  # set by the server
        self.oauth = OAuth(self)
        self._snowflakes = Snowflakes()
        self._bots: dict[str, Bot] = {}
        self._private: dict[tuple[int, int], Channel] = {}

    # Making the world

    def user(
        self,
        username: str = "ana",
        *,
        created_at: datetime | None = None,
        user_id: int | None = None,
        **details: Any,
    ) -> Person:
        """A new person; `created_at` is how old the account is. `details` are the other fields of `Person`."""
        id_ = user_id or self.snowflake(created_at)
        details.setdefault("global_name", username.title())
        person = Person(id=id_, username=username, world=self, **details)
        self._register(person)
        return person

    def bot(self, username: str = "sayso", *, token: str = "", owner: User | None = None, **details: Any) -> Bot:
        """A new application with its bot; a token is made up if none is given."""
        id_ = self.snowflake()
        bot = Bot(
            id=id_,
            username=username,
            token=token or token_for(id_, self.secret(33)),
            client_secret=details.pop("client_secret", self.secret(32)),
            owner=owner or self.user(f"owner of {username}"),
            gateway=Gateway(),
            commands=Commands(),
            **details,
        )
        self._register(bot)
        self._bots[bot.token] = bot
        return bot

    def guild(
        self,
        name: str = "Friends of Lune",
        *,
        owner: Person | None = None,
        bots: Iterable[Bot] = (),
        members: Iterable[User] = (),
        permissions: Permission = BOT,
        guild_id: int | None = None,
        **details: Any,
    ) -> Guild:
        """A new guild with one text channel. Its bots get these permissions; `details` are other fields of `Guild`."""
        owner, now = owner or self.user("olga"), self.clock.now()
        guild = Guild(id=guild_id or self.snowflake(), name=name, owner=owner, created_at=now, **details)
        self.guilds[guild.id] = guild
        guild.roles[guild.id] = Role(id=guild.id, name="@everyone", position=0, permissions=EVERYONE)
        self.channel(guild, "general")
        for user in (owner, *members):
            guild.members[user.id] = Member(user=user, joined_at=now)
        for bot in bots:
            self.put_bot(guild, bot, permissions, by=owner)
        return guild

    def channel(self, guild: Guild, name: str, *, kind: ChannelType = ChannelType.TEXT) -> Channel:
        channel = Channel(id=self.snowflake(), type=kind, name=name, position=len(guild.channels), guild=guild)
        guild.channels[channel.id] = self.channels[channel.id] = channel
        tell_guild(guild, "CHANNEL_CREATE", channel.json(), Intent.GUILDS)
        return channel

    def role(self, guild: Guild, name: str, *, position: int | None = None, **details: Any) -> Role:
        """A new role: just above @everyone, or at this position, where the others make room."""
        position = 1 if position is None else position
        for other in guild.roles.values():
            if other.position >= position:
                other.position += 1
        return self._new_role(guild, Role(id=self.snowflake(), name=name, position=position, **details))

    def put_bot(self, guild: Guild, bot: Bot, permissions: Permission, *, by: User) -> Role:
        """Add a bot with a role of its own, above all others."""
        top = 1 + max(role.position for role in guild.roles.values())
        role = Role(id=self.snowflake(), name=bot.username, position=top, permissions=permissions, bot_id=bot.id)
        self._new_role(guild, role)
        add_bot(self, guild, bot, by, [role.id])
        return role

    # Ways of a guild

    def hold_uses(self, guild: Guild) -> None:
        """Lists show the uses of invites as they are now, whatever happens, until `settle`."""
        hold_uses(guild)

    def settle(self, guild: Guild) -> None:
        """Lists are true again, and used-up invites that were to go late are deleted now."""
        settle(self, guild)

    def expire(self) -> None:
        """Delete the invites whose time is over; lists and joins do it by themselves."""
        for guild in self.guilds.values():
            expire(self, guild)

    def outage(self, guild: Guild) -> None:
        """The guild is away: bots are told, and it is left out of what a new session is told."""
        guild.unavailable = True
        for bot in guild.bots():
            tell_guild_gone(guild, bot, outage=True)

    def recover(self, guild: Guild) -> None:
        """The guild is back."""
        guild.unavailable = False
        for bot in guild.bots():
            tell_of_guild(guild, bot)

    # Looking around

    def bot_with(self, token: str) -> Bot | None:
        return self._bots.get(token)

    @property
    def bots(self) -> list[Bot]:
        return list(self._bots.values())

    def guilds_of(self, user: User) -> list[Guild]:
        return [guild for guild in self.guilds.values() if guild.has(user)]

    def invite_at(self, code: str) -> Invite | None:
        """The invite with this code, or at this address."""
        code = code.rstrip("/").rpartition("/")[2]
        found = (guild.invites[code] for guild in self.guilds.values() if code in guild.invites)
        return next(found, None)

    def private(self, bot: Bot, person: User) -> Channel:
        """The private channel between a person and a bot."""
        key = (bot.id, person.id)
        if key not in self._private:
            channel = Channel(id=self.snowflake(), type=ChannelType.DM, person=person, bot=bot)
            self._private[key] = self.channels[channel.id] = channel
        return self._private[key]

    def calls_of(self, method: str, route: str) -> list[ApiCall]:
        """The calls of one route, such as `("POST", "/channels/{channel_id}/invites")`, oldest first."""
        return [call for call in self.calls if (call.method, call.route) == (method, route)]

    async def until(self, condition: Callable[[], T], *, seconds: float = 5.0) -> T:
        """Wait until the condition holds, asking again after each change; answers what it gave."""
        async with asyncio.timeout(seconds):
            while not (result := condition()):
                await self.changed.wait()
            return result

    # For the rooms next door

    def snowflake(self, at: datetime | None = None) -> int:
        return self._snowflakes.make(at or self.clock.now())

    def secret(self, length: int) -> str:
        return "".join(self.random.choices(ALPHABET, k=length))

    def invite_code(self) -> str:
        return self.secret(8)

    def note(self, guild: Guild, action: Action, by: User, **details: Any) -> None:
        """Enter into the guild's audit log, and tell those who may read it."""
        entry = AuditEntry(id=self.snowflake(), action=action, by=by, **details)
        guild.audit.entries.append(entry)
        data = entry.json() | {"guild_id": str(guild.id)}
        needed = Permission.VIEW_AUDIT_LOG
        tell_guild(guild, "GUILD_AUDIT_LOG_ENTRY_CREATE", data, Intent.GUILD_MODERATION, needs=needed)
        self.changed.beat()

    def _new_role(self, guild: Guild, role: Role) -> Role:
        guild.roles[role.id] = role
        data = {"guild_id": str(guild.id), "role": role.json()}
        tell_guild(guild, "GUILD_ROLE_CREATE", data, Intent.GUILDS)
        return role

    def _register(self, user: User) -> None:
        if user.id in self.users:
            raise ValueError(f"there is a user with the id {user.id} already")
        self.users[user.id] = user

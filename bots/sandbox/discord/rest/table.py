"""The table of the API's routes, filled by the modules beside this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.errors import invalid, missing_access, missing_permissions, unauthorized, unknown
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.members import Member
from bots.sandbox.discord.oauth import Grant
from bots.sandbox.discord.permissions import Permission
from bots.sandbox.discord.roles import Role
from bots.sandbox.discord.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld

Json = dict[str, Any]
Who = Literal["bot", "user", "nobody"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A result with another status than 200; without a body, 204."""

    status: int
    body: Any = None


@dataclass(slots=True, kw_only=True)
class Call:
    """One call on its way through a route. `ids` are the names in the path."""

    world: DiscordWorld
    sender: Bot | None
    grant: Grant | None
    ids: dict[str, str]
    query: dict[str, str]
    body: Any
    files: list[Json] = field(default_factory=list)
    reason: str | None = None
    basic: str | None = None  # what came as Basic authorization

    @property
    def bot(self) -> Bot:
        if self.sender is None:
            raise unauthorized()
        return self.sender

    @property
    def data(self) -> Json:
        """The body, which must be an object."""
        if not isinstance(self.body, dict):
            raise invalid("_", "Only dictionaries may be used in a DictType", "DICT_TYPE_CONVERT")
        return self.body

    def id(self, name: str) -> int:
        if not self.ids[name].isdecimal():
            raise invalid(name, f'Value "{self.ids[name]}" is not snowflake.', "NUMBER_TYPE_COERCE")
        return int(self.ids[name])

    def number(self, name: str, default: int, *, least: int = 0, most: int) -> int:
        """A number from the query."""
        text = self.query.get(name, str(default))
        if not text.isdecimal() or not least <= int(text) <= most:
            raise invalid(name, f"int value should be between {least} and {most}.", "NUMBER_TYPE_MAX")
        return int(text)

    def within(self, name: str, default: int, most: int) -> int:
        """A number from the body."""
        value = self.data.get(name)
        if value is None:
            return default
        if not isinstance(value, int) or not 0 <= value <= most:
            raise invalid(name, f"int value should be between 0 and {most}.", "NUMBER_TYPE_MAX")
        return value

    def guild(self, *needs: Permission) -> Guild:
        """The guild that the call names, where the bot must be and have all these permissions."""
        guild = self.world.guilds.get(self.id("guild_id"))
        if guild is None:
            raise unknown("Guild")
        if not guild.has(self.bot):
            raise missing_access()
        for permission in needs:
            self.need(guild, permission)
        return guild

    def need(self, guild: Guild, permission: Permission, channel: Channel | None = None) -> None:
        if permission not in guild.permissions_of(self.bot, channel):
            raise missing_permissions()

    def channel(self, *needs: Permission) -> Channel:
        """The channel that the call names, which the bot must see."""
        channel = self.world.channels.get(self.id("channel_id"))
        if channel is None:
            raise unknown("Channel")
        if not channel.allows(self.bot, Permission.VIEW_CHANNEL):
            raise missing_access()
        if not all(channel.allows(self.bot, permission) for permission in needs):
            raise missing_permissions()
        return channel

    def user(self) -> User:
        user = self.world.users.get(self.id("user_id"))
        if user is None:
            raise unknown("User")
        return user

    def member(self, guild: Guild) -> Member:
        member = guild.members.get(self.user().id)
        if member is None:
            raise unknown("Member")
        return member

    def role(self, guild: Guild) -> Role:
        role = guild.roles.get(self.id("role_id"))
        if role is None:
            raise unknown("Role")
        return role

    def own(self) -> Bot:
        """The application that the call names, which must be the bot's own."""
        if self.id("application_id") != self.bot.id:
            raise missing_access()
        return self.bot


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """A route with the names as the API's description has them; `who` must show a token."""

    method: str
    path: str
    who: Who
    handle: Handler


ROUTES: dict[tuple[str, str], Route] = {}


def route(method: str, path: str, *, who: Who = "bot") -> Callable[[Handler], Handler]:
    """Enter a handler into the table. It answers a result, None for 204, or an `Answer`."""

    def enter(handler: Handler) -> Handler:
        ROUTES[method, path] = Route(method, path, who, handler)
        return handler

    return enter

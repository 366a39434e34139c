"""Routes about members: who is inside, letting in by OAuth2, roles, kicks and bans."""

from __future__ import annotations

from typing import Any

from bots.sandbox.discord import belonging
from bots.sandbox.discord.belonging import set_roles
from bots.sandbox.discord.errors import ApiError, missing_access, missing_permissions, unknown
from bots.sandbox.discord.events import tell_change
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.intents import Intent
from bots.sandbox.discord.members import JoinSource
from bots.sandbox.discord.permissions import Permission
from bots.sandbox.discord.rest.table import Answer, Call, route
from bots.sandbox.discord.roles import Role
from bots.sandbox.discord.users import User

Json = dict[str, Any]


@route("GET", "/guilds/{guild_id}/members")
def get_members(call: Call) -> list[Json]:
    """In the order of their ids, for those who have the members intent."""
    guild = call.guild()
    if Intent.GUILD_MEMBERS not in call.bot.privileged:
        raise missing_access()
    after, limit = int(call.query.get("after", "0")), call.number("limit", 1, least=1, most=1000)
    ids = sorted(id_ for id_ in guild.members if id_ > after)[:limit]
    return [guild.members[id_].json() for id_ in ids]


@route("GET", "/guilds/{guild_id}/members/search")
def search_by_name(call: Call) -> list[Json]:
    guild, query = call.guild(), call.query.get("query", "").lower()
    limit = call.number("limit", 1, least=1, most=1000)
    found = [member for member in guild.members.values() if member.user.username.lower().startswith(query)]
    return [member.json() for member in found[:limit]]


@route("GET", "/guilds/{guild_id}/members/{user_id}")
def get_member(call: Call) -> Json:
    return call.member(call.guild()).json()


@route("PUT", "/guilds/{guild_id}/members/{user_id}")
def add_member(call: Call) -> Answer | None:
    """Let in a person who has consented by OAuth2 (guilds.join): 201, or 204 if they are inside."""
    guild, user = call.guild(Permission.CREATE_INSTANT_INVITE), call.user()
    grant = call.world.oauth.grant(str(call.data.get("access_token", "")))
    if grant is None or grant.bot is not call.bot or grant.user is not user or "guilds.join" not in grant.scopes:
        raise ApiError(403, 50025, "Invalid OAuth2 access token")
    if user.id in guild.bans:
        raise ApiError(403, 40007, "The user is banned from this guild.")
    if guild.has(user):
        return None
    roles = [_grantable(call, guild, int(role)).id for role in call.data.get("roles") or []]
    nick = call.data.get("nick")
    member = belonging.join(call.world, guild, user, JoinSource.BOT, roles=roles, nick=nick, by=call.bot)
    return Answer(201, member.json())


@route("PATCH", "/guilds/{guild_id}/members/{user_id}")
def change_member(call: Call) -> Json:
    """Roles and nick."""
    guild = call.guild()
    member = call.member(guild)
    if call.data.get("roles") is not None:
        wanted = [int(role) for role in call.data["roles"]]
        for role in set(wanted) ^ set(member.roles):
            _grantable(call, guild, role)
        set_roles(call.world, guild, member, wanted, call.bot)
    if "nick" in call.data:
        member.nick = call.data["nick"] or None
        tell_change(guild, member)
    return member.json()


@route("DELETE", "/guilds/{guild_id}/members/{user_id}")
def kick_member(call: Call) -> None:
    guild = call.guild(Permission.KICK_MEMBERS)
    member = call.member(guild)
    _must_outrank(call, guild, member.user)
    belonging.kick(call.world, guild, member.user, call.bot, call.reason)


@route("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def give_role(call: Call) -> None:
    guild = call.guild()
    member, role = call.member(guild), _grantable(call, guild, call.id("role_id"))
    set_roles(call.world, guild, member, list(dict.fromkeys([*member.roles, role.id])), call.bot)


@route("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def take_role(call: Call) -> None:
    guild = call.guild()
    member, role = call.member(guild), _grantable(call, guild, call.id("role_id"))
    set_roles(call.world, guild, member, [one for one in member.roles if one != role.id], call.bot)


@route("GET", "/guilds/{guild_id}/bans")
def get_bans(call: Call) -> list[Json]:
    guild = call.guild(Permission.BAN_MEMBERS)
    return [{"user": call.world.users[id_].json(), "reason": reason} for id_, reason in guild.bans.items()]


@route("GET", "/guilds/{guild_id}/bans/{user_id}")
def get_ban(call: Call) -> Json:
    guild, user = call.guild(Permission.BAN_MEMBERS), call.user()
    if user.id not in guild.bans:
        raise unknown("Ban")
    return {"user": user.json(), "reason": guild.bans[user.id]}


@route("PUT", "/guilds/{guild_id}/bans/{user_id}")
def ban_user(call: Call) -> None:
    guild, user = call.guild(Permission.BAN_MEMBERS), call.user()
    _must_outrank(call, guild, user)
    belonging.ban(call.world, guild, user, call.bot, call.reason)


@route("DELETE", "/guilds/{guild_id}/bans/{user_id}")
def unban_user(call: Call) -> None:
    guild, user = call.guild(Permission.BAN_MEMBERS), call.user()
    if user.id not in guild.bans:
        raise unknown("Ban")
    belonging.unban(call.world, guild, user, call.bot)


def _grantable(call: Call, guild: Guild, role_id: int) -> Role:
    """A role that the bot may give and take: it manages roles, and this one is below its own."""
    call.need(guild, Permission.MANAGE_ROLES)
    role = guild.roles.get(role_id)
    if role is None:
        raise unknown("Role")
    if role.managed or role.id == guild.id:
        raise ApiError(400, 50028, "Invalid Role")
    if role.position >= guild.top(call.bot):
        raise missing_permissions()
    return role


def _must_outrank(call: Call, guild: Guild, user: User) -> None:
    if guild.top(user) >= guild.top(call.bot):
        raise missing_permissions()

"""Routes about roles."""

from __future__ import annotations

from typing import Any

from bots.sandbox.discord.audit import Action
from bots.sandbox.discord.belonging import remove_role, set_roles
from bots.sandbox.discord.errors import missing_permissions
from bots.sandbox.discord.events import tell_guild
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.intents import Intent
from bots.sandbox.discord.permissions import Permission
from bots.sandbox.discord.rest.table import Call, route
from bots.sandbox.discord.roles import Role

Json = dict[str, Any]


@route("GET", "/guilds/{guild_id}/roles")
def get_roles(call: Call) -> list[Json]:
    return [role.json() for role in call.guild().roles.values()]


@route("GET", "/guilds/{guild_id}/roles/member-counts")
def count_members(call: Call) -> dict[str, int]:
    guild = call.guild()
    held = [role for member in guild.members.values() for role in member.roles]
    return {str(role): held.count(role) for role in guild.roles if role != guild.id}


@route("GET", "/guilds/{guild_id}/roles/{role_id}")
def get_role(call: Call) -> Json:
    return call.role(call.guild()).json()


@route("POST", "/guilds/{guild_id}/roles")
def create_role(call: Call) -> Json:
    guild, data = call.guild(Permission.MANAGE_ROLES), call.data
    permissions = Permission(int(data.get("permissions") or 0))
    role = call.world.role(guild, data.get("name") or "new role", permissions=permissions, color=data.get("color") or 0)
    call.world.note(guild, Action.ROLE_CREATE, call.bot, target=role.id, reason=call.reason)
    return role.json()


@route("PATCH", "/guilds/{guild_id}/roles/{role_id}")
def change_role(call: Call) -> Json:
    guild, role = _own_to_change(call)
    role.name = call.data.get("name") or role.name
    role.color = call.data.get("color") or role.color
    if call.data.get("permissions") is not None:
        role.permissions = Permission(int(call.data["permissions"]))
    tell_guild(guild, "GUILD_ROLE_UPDATE", {"guild_id": str(guild.id), "role": role.json()}, Intent.GUILDS)
    call.world.note(guild, Action.ROLE_UPDATE, call.bot, target=role.id, reason=call.reason)
    return role.json()


@route("DELETE", "/guilds/{guild_id}/roles/{role_id}")
def delete_role(call: Call) -> None:
    guild, role = _own_to_change(call)
    for member in [one for one in guild.members.values() if role.id in one.roles]:
        set_roles(call.world, guild, member, [one for one in member.roles if one != role.id], call.bot)
    remove_role(guild, role)
    call.world.note(guild, Action.ROLE_DELETE, call.bot, target=role.id, reason=call.reason)


def _own_to_change(call: Call) -> tuple[Guild, Role]:
    guild = call.guild(Permission.MANAGE_ROLES)
    role = call.role(guild)
    if role.position >= guild.top(call.bot):
        raise missing_permissions()
    return guild, role

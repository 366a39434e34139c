"""Routes about invites."""

from __future__ import annotations

from typing import Any

from bots.sandbox.discord.errors import missing_permissions, unknown
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.invites import Invite
from bots.sandbox.discord.inviting import DAY, delete_invite, expire, listed, make_invite
from bots.sandbox.discord.permissions import Permission
from bots.sandbox.discord.rest.table import Call, route

Json = dict[str, Any]
WEEK = 7 * DAY


@route("POST", "/channels/{channel_id}/invites")
def create_invite(call: Call) -> Json:
    channel = call.channel(Permission.CREATE_INSTANT_INVITE)
    if channel.guild is None:
        raise unknown("Channel")
    invite = make_invite(
        call.world,
        channel,
        call.bot,
        max_age=call.within("max_age", DAY, WEEK),
        max_uses=call.within("max_uses", 0, 100),
        temporary=bool(call.data.get("temporary")),
        unique=bool(call.data.get("unique")),
        roles=_roles(call, channel.guild),
    )
    return invite.whole_json()


@route("GET", "/channels/{channel_id}/invites")
def get_channel_invites(call: Call) -> list[Json]:
    channel = call.channel(Permission.MANAGE_CHANNELS)
    if channel.guild is None:
        raise unknown("Channel")
    return [shown for invite, shown in _listed(call, channel.guild) if invite.channel is channel]


@route("GET", "/guilds/{guild_id}/invites")
def get_guild_invites(call: Call) -> list[Json]:
    """For those who manage the guild with the counts, for readers of the audit log without."""
    guild = call.guild()
    allowed = guild.permissions_of(call.bot)
    if not allowed & (Permission.MANAGE_GUILD | Permission.VIEW_AUDIT_LOG):
        raise missing_permissions()
    return [shown for _, shown in _listed(call, guild)]


@route("GET", "/invites/{code}", who="nobody")
def get_invite(call: Call) -> Json:
    own = next((guild for guild in call.world.guilds.values() if guild.vanity_code == call.ids["code"]), None)
    invite = _vanity(own) if own else _found(call)
    guild = invite.channel.guild
    assert guild
    counts = {"approximate_member_count": guild.size, "approximate_presence_count": guild.size}
    return invite.json() | (counts if call.query.get("with_counts", "").lower() in ("true", "1") else {})


@route("DELETE", "/invites/{code}")
def remove_invite(call: Call) -> Json:
    invite = _found(call)
    guild = invite.channel.guild
    assert guild
    manages = Permission.MANAGE_GUILD in guild.permissions_of(call.bot)
    if not manages and not invite.channel.allows(call.bot, Permission.MANAGE_CHANNELS):
        raise missing_permissions()
    delete_invite(call.world, invite, call.bot)
    return invite.json()


def _listed(call: Call, guild: Guild) -> list[tuple[Invite, Json]]:
    expire(call.world, guild)
    counts = Permission.MANAGE_GUILD in guild.permissions_of(call.bot) and not guild.hides_uses
    return [(invite, invite.whole_json(uses) if counts else invite.json()) for invite, uses in listed(guild)]


def _vanity(guild: Guild) -> Invite:
    """A guild's own address, as an invite."""
    first = guild.text_channels()[0]
    return Invite(code=guild.vanity_code or "", channel=first, created_at=guild.created_at, max_age=0)


def _found(call: Call) -> Invite:
    for guild in call.world.guilds.values():
        expire(call.world, guild)
    invite = call.world.invite_at(call.ids["code"])
    if invite is None:
        raise unknown("Invite")
    return invite


def _roles(call: Call, guild: Guild) -> list[int]:
    """The roles that whoever accepts is given."""
    wanted = [int(role) for role in call.data.get("role_ids") or []]
    if wanted:
        call.need(guild, Permission.MANAGE_ROLES)
    for role in wanted:
        if role not in guild.roles:
            raise unknown("Role")
        if guild.roles[role].position >= guild.top(call.bot):
            raise missing_permissions()
    return wanted

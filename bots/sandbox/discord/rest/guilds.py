"""Routes about a guild as a whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bots.sandbox.discord.belonging import leave
from bots.sandbox.discord.errors import invalid
from bots.sandbox.discord.permissions import Permission
from bots.sandbox.discord.rest.table import Call, route

Json = dict[str, Any]
LONGEST_PAUSE = timedelta(hours=24)


@route("GET", "/guilds/{guild_id}")
def get_guild(call: Call) -> Json:
    guild = call.guild()
    counts = {"approximate_member_count": guild.size, "approximate_presence_count": guild.size}
    return guild.json() | (counts if call.query.get("with_counts", "").lower() in ("true", "1") else {})


@route("GET", "/guilds/{guild_id}/channels")
def get_channels(call: Call) -> list[Json]:
    return [channel.json() for channel in call.guild().text_channels()]


@route("GET", "/guilds/{guild_id}/vanity-url")
def get_vanity_url(call: Call) -> Json:
    guild = call.guild(Permission.MANAGE_GUILD)
    return {"code": guild.vanity_code, "uses": guild.vanity_uses}


@route("PUT", "/guilds/{guild_id}/incident-actions")
def pause_invites(call: Call) -> Json:
    guild = call.guild(Permission.MANAGE_GUILD)
    until = call.data.get("invites_disabled_until")
    paused = datetime.fromisoformat(until) if until else None
    if paused and paused > call.world.clock.now() + LONGEST_PAUSE:
        raise invalid("invites_disabled_until", "Must be within the next 24 hours.", "DATE_TIME_TYPE_MAX")
    guild.invites_paused_until = paused
    return {"invites_disabled_until": paused.isoformat() if paused else None, "dms_disabled_until": None}


@route("DELETE", "/users/@me/guilds/{guild_id}")
def leave_guild(call: Call) -> None:
    leave(call.world, call.guild(), call.bot)

"""Routes about who asks: the bot, its application, its gateway, its guilds and users."""

from __future__ import annotations

from typing import Any

from bots.sandbox.discord.errors import unauthorized, unknown
from bots.sandbox.discord.rest.table import Call, route

Json = dict[str, Any]
IDENTIFIES_A_DAY = 1000


@route("GET", "/users/@me", who="user")
def get_me(call: Call) -> Json:
    """Oneself: the bot, or with a Bearer token the person who consented."""
    if call.grant is None:
        return call.bot.own_json()
    if "identify" not in call.grant.scopes:
        raise unauthorized()
    return call.grant.user.own_json(with_email="email" in call.grant.scopes)


@route("GET", "/users/{user_id}")
def get_user(call: Call) -> Json:
    return call.user().json()


@route("GET", "/users/@me/guilds", who="user")
def get_my_guilds(call: Call) -> list[Json]:
    if call.grant and "guilds" not in call.grant.scopes:
        raise unauthorized()
    user = call.grant.user if call.grant else call.bot
    return [
        {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": guild.owner is user,
            "permissions": str(int(guild.permissions_of(user))),
            "features": sorted(guild.features),
            "approximate_member_count": guild.size,
            "approximate_presence_count": guild.size,
        }
        for guild in call.world.guilds_of(user)
    ]


@route("GET", "/users/@me/guilds/{guild_id}/member", who="user")
def get_my_member(call: Call) -> Json:
    if call.grant is None or "guilds.members.read" not in call.grant.scopes:
        raise unauthorized()
    guild = call.world.guilds.get(call.id("guild_id"))
    if guild is None or not guild.has(call.grant.user):
        raise unknown("Guild")
    return guild.members[call.grant.user.id].json()


@route("GET", "/applications/@me")
@route("GET", "/oauth2/applications/@me")
def get_application(call: Call) -> Json:
    return call.bot.application_json(len(call.world.guilds_of(call.bot)))


@route("GET", "/gateway", who="nobody")
def get_gateway(call: Call) -> Json:
    return {"url": call.world.gateway_url}


@route("GET", "/gateway/bot")
def get_gateway_bot(call: Call) -> Json:
    return {
        "url": call.world.gateway_url,
        "shards": call.bot.gateway.shards,
        "session_start_limit": {
            "total": IDENTIFIES_A_DAY,
            "remaining": max(IDENTIFIES_A_DAY - call.bot.gateway.identifies, 0),
            "reset_after": 86_400_000,
            "max_concurrency": 1,
        },
    }

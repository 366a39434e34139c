"""The members search, which Discord has and does not describe: who came by which invite."""

from __future__ import annotations

from typing import Any

from bots.sandbox.discord.errors import invalid, missing_access
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.intents import Intent
from bots.sandbox.discord.members import Member
from bots.sandbox.discord.permissions import Permission
from bots.sandbox.discord.rest.table import Call, route

Json = dict[str, Any]


@route("POST", "/guilds/{guild_id}/members-search")
def search_members(call: Call) -> Json:
    """Members that meet all of `and_query` and, if there is one, any of `or_query`. Joins appear after `index_lag`."""
    guild = call.guild(Permission.MANAGE_GUILD)
    if Intent.GUILD_MEMBERS not in call.bot.privileged:
        raise missing_access()
    limit = call.data.get("limit", 25)
    if not isinstance(limit, int) or not 1 <= limit <= 1000:
        raise invalid("limit", "int value should be between 1 and 1000.", "NUMBER_TYPE_MAX")
    newest_first = call.data.get("sort", 1) == 1
    indexed_until = call.world.clock.now() - guild.index_lag
    found = [one for one in guild.members.values() if one.joined_at <= indexed_until and _meets(one, call.data)]
    found.sort(key=lambda one: (one.joined_at, one.user.id), reverse=newest_first)
    return {
        "guild_id": str(guild.id),
        "members": [_hit(guild, one) for one in found[:limit]],
        "page_result_count": len(found[:limit]),
        "total_result_count": len(found),
    }


def _hit(guild: Guild, member: Member) -> Json:
    return {
        "member": member.json(),
        "source_invite_code": member.code,
        "join_source_type": int(member.source),
        "inviter_id": str(member.inviter) if member.inviter else None,
        "guild_id": str(guild.id),
    }


def _meets(member: Member, asked: Json) -> bool:
    every, some = asked.get("and_query") or {}, asked.get("or_query") or {}
    return all(_is(member, name, wanted) for name, wanted in every.items()) and (
        not some or any(_is(member, name, wanted) for name, wanted in some.items())
    )


def _is(member: Member, name: str, wanted: Any) -> bool:
    value = _fields(member).get(name, name)
    if value is name:
        raise invalid(name, "this stand-in does not know the filter")
    if isinstance(value, bool):
        return value is bool(wanted)
    any_of, all_of = wanted.get("or_query") or [], wanted.get("and_query") or []
    among = [str(one) for one in (*any_of, *all_of)]
    return str(value) in among


def _fields(member: Member) -> Json:
    return {
        "user_id": member.user.id,
        "join_source_type": int(member.source),
        "source_invite_code": member.code or "",
        "did_rejoin": member.did_rejoin,
        "is_pending": member.pending,
    }

"""Routes about application commands, global and of a guild."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bots.sandbox.discord.commands import check_number, checked, stored
from bots.sandbox.discord.errors import invalid, missing_access, unknown
from bots.sandbox.discord.rest.table import Answer, Call, Handler, route

Json = dict[str, Any]
EVERYWHERE = "/applications/{application_id}/commands"
OF_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"


def _both(method: str, rest: str = "") -> Callable[[Handler], Handler]:
    """Enter a handler for both scopes."""

    def enter(handler: Handler) -> Handler:
        return route(method, EVERYWHERE + rest)(route(method, OF_GUILD + rest)(handler))

    return enter


@_both("GET")
def get_commands(call: Call) -> list[Json]:
    return list(_scope(call).values())


@_both("PUT")
def overwrite_commands(call: Call) -> list[Json]:
    """All at once; commands of a known name keep their id."""
    if not isinstance(call.body, list):
        raise invalid("_", "Only iterables may be used in a ListType", "LIST_TYPE_CONVERT")
    old, new = _scope(call), [checked(one) for one in call.body]
    check_number(new)
    kept = {(one["name"], one["type"]): int(one["id"]) for one in old.values()}
    whole = [_stored(call, one, kept.get((one["name"], one.get("type", 1)))) for one in new]
    old.clear()
    old.update({int(one["id"]): one for one in whole})
    call.bot.commands.syncs += 1
    return whole


@_both("POST")
def create_command(call: Call) -> Answer:
    scope, new = _scope(call), checked(call.data)
    same = [one for one in scope.values() if (one["name"], one["type"]) == (new["name"], new.get("type", 1))]
    if not same:
        check_number([*scope.values(), new])
    whole = _stored(call, new, int(same[0]["id"]) if same else None)
    scope[int(whole["id"])] = whole
    return Answer(200 if same else 201, whole)


@_both("GET", "/{command_id}")
def get_command(call: Call) -> Json:
    return _command(call)


@_both("PATCH", "/{command_id}")
def change_command(call: Call) -> Json:
    old = _command(call)
    whole = _stored(call, checked(old | call.data), int(old["id"]))
    _scope(call)[int(old["id"])] = whole
    return whole


@_both("DELETE", "/{command_id}")
def delete_command(call: Call) -> None:
    del _scope(call)[int(_command(call)["id"])]


def _guild(call: Call) -> int | None:
    if "guild_id" not in call.ids:
        return None
    guild = call.world.guilds.get(call.id("guild_id"))
    if guild is None or not guild.has(call.bot):
        raise missing_access()
    return guild.id


def _scope(call: Call) -> dict[int, Json]:
    return call.own().commands.of(_guild(call))


def _command(call: Call) -> Json:
    command = _scope(call).get(call.id("command_id"))
    if command is None:
        raise unknown("application command")
    return command


def _stored(call: Call, command: Json, id_: int | None) -> Json:
    return stored(command, call.bot.id, id_ or call.world.snowflake(), call.world.snowflake(), _guild(call))

"""Application commands, global and of single guilds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bots.sandbox.discord.errors import ApiError, invalid

Json = dict[str, Any]
NAME = re.compile(r"[-_'\w]{1,32}")
MOST = {1: 100, 2: 15, 3: 15}
SUBCOMMANDS = (1, 2)


@dataclass(eq=False)
class Commands:
    """A bot's commands by scope: a guild's id, or None for everywhere. `syncs` counts the bulk overwrites."""

    scopes: dict[int | None, dict[int, Json]] = field(default_factory=dict)
    syncs: int = 0

    def of(self, guild: int | None) -> dict[int, Json]:
        return self.scopes.setdefault(guild, {})

    def named(self, name: str, guild: int | None, kind: int = 1) -> Json | None:
        """The command that a person would find under this name in this guild, or None."""
        scopes = [self.of(guild), self.of(None)] if guild else [self.of(None)]
        found = (one for scope in scopes for one in scope.values() if (one["name"], one["type"]) == (name, kind))
        return next(found, None)


def checked(command: Json) -> Json:
    """The command as it was sent, or a refusal."""
    kind = command.get("type", 1)
    _check_text(command, kind)
    for option in command.get("options") or []:
        checked_option(option)
    return command


def checked_option(option: Json) -> None:
    _check_text(option, 1)
    for inner in option.get("options") or []:
        checked_option(inner)


def check_number(commands: list[Json]) -> None:
    """Refuse more commands of a kind than a scope holds, and two of one name."""
    names = [(one.get("type", 1), one["name"]) for one in commands]
    for kind, most in MOST.items():
        if sum(1 for one, _ in names if one == kind) > most:
            raise ApiError(400, 30032, f"Maximum number of application commands reached ({most})")
    if len(set(names)) < len(names):
        raise invalid("name", "Application command names must be unique", "APPLICATION_COMMANDS_DUPLICATE_NAME")


def stored(command: Json, bot: int, id_: int, version: int, guild: int | None) -> Json:
    """The command as Discord gives it back."""
    whole: Json = {
        "type": 1,
        "description": "",
        "default_member_permissions": None,
        "nsfw": False,
        "integration_types": [0],
        "contexts": None,
    } | {name: value for name, value in command.items() if name in KNOWN and value is not None}
    if whole.get("options"):
        whole["options"] = [_option(one) for one in whole["options"]]
    if whole["default_member_permissions"] is not None:
        whole["default_member_permissions"] = str(whole["default_member_permissions"])
    whole |= {"id": str(id_), "application_id": str(bot), "version": str(version)}
    return whole | ({"guild_id": str(guild)} if guild else {"dm_permission": command.get("dm_permission", True)})


def _option(option: Json) -> Json:
    known = {name: value for name, value in option.items() if value is not None}
    if known.get("options"):
        known["options"] = [_option(one) for one in known["options"]]
    if known["type"] in SUBCOMMANDS:
        known.pop("required", None)
    return known


def _check_text(one: Json, kind: int) -> None:
    name, description = str(one.get("name", "")), str(one.get("description") or "")
    if (not NAME.fullmatch(name) and kind == 1) or not 1 <= len(name) <= 32:
        raise invalid("name", "Command name is invalid", "APPLICATION_COMMAND_INVALID_NAME")
    if kind == 1 and name != name.lower():
        raise invalid("name", "Command name is invalid", "APPLICATION_COMMAND_INVALID_NAME")
    if kind == 1 and not 1 <= len(description) <= 100:
        raise invalid("description", "Must be between 1 and 100 in length.", "BASE_TYPE_BAD_LENGTH")


KNOWN = frozenset(
    [
        "type",
        "name",
        "name_localizations",
        "description",
        "description_localizations",
        "options",
        "default_member_permissions",
        "nsfw",
        "integration_types",
        "contexts",
    ]
)

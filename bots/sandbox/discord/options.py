"""The options of a slash command: from what a person chose to what the bot is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.errors import ImpossibleError
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.roles import Role
from bots.sandbox.discord.users import User

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld

Json = dict[str, Any]
SUB = (1, 2)
PLAIN: dict[int, type | tuple[type, ...]] = {3: str, 4: int, 5: bool, 10: (int, float)}
THINGS: dict[int, type | tuple[type, ...]] = {6: User, 7: Channel, 8: Role, 9: (User, Role)}


@dataclass(slots=True)
class Resolved:
    """The users, members, roles and channels that an interaction names."""

    guild: Guild | None
    found: Json = field(default_factory=dict)

    def add(self, thing: User | Role | Channel) -> str:
        """Note a thing; answers its id as a value."""
        key = str(thing.id)
        if isinstance(thing, Role):
            self._put("roles", key, thing.json())
        elif isinstance(thing, Channel):
            self._put("channels", key, thing.json() | {"permissions": "0"})
        else:
            self._put("users", key, thing.json())
            if self.guild and self.guild.has(thing):
                bare = {
                    name: value
                    for name, value in self.guild.members[thing.id].bare_json().items()
                    if name not in ("mute", "deaf")
                }
                permissions = {"permissions": str(int(self.guild.permissions_of(thing)))}
                self._put("members", key, bare | permissions)
        return key

    def add_id(self, world: DiscordWorld, id_: int) -> None:
        roles, channels = (self.guild.roles, self.guild.channels) if self.guild else ({}, {})
        thing = world.users.get(id_) or roles.get(id_) or channels.get(id_)
        if thing is None:
            raise ImpossibleError(f"there is nothing with the id {id_} here")
        self.add(thing)

    def json(self) -> Json:
        return {"resolved": self.found} if self.found else {}

    def _put(self, kind: str, key: str, shown: Json) -> None:
        self.found.setdefault(kind, {})[key] = shown


def built(
    command: Json,
    path: list[str],
    chosen: Json,
    guild: Guild | None,
    *,
    typing: str | None = None,
) -> tuple[list[Json], Resolved]:
    """The options as the bot is told them; what the app would not send is impossible. `typing`: only begun."""
    resolved = Resolved(guild)
    level, wrappers = command, []
    for name in path:
        level = _option(level, name)
        if level["type"] not in SUB:
            raise ImpossibleError(f"{name!r} is an option, not a subcommand")
        wrappers.append({"name": name, "type": level["type"]})
    known = level.get("options", [])
    if any(one["type"] in SUB for one in known):
        raise ImpossibleError(f"choose one of {[one['name'] for one in known]}")
    missing = [one["name"] for one in known if one.get("required") and one["name"] not in chosen]
    if missing and typing is None:
        raise ImpossibleError(f"the command needs {missing}")
    told = [_value(_option(level, name), value, resolved, typing=typing) for name, value in chosen.items()]
    for wrapper in reversed(wrappers):
        told = [wrapper | {"options": told}]
    return told, resolved


def _option(level: Json, name: str) -> Json:
    for one in level.get("options", []):
        if one["name"] == name:
            found: Json = one
            return found
    raise ImpossibleError(f"there is no option {name!r} in {level['name']!r}")


def _value(option: Json, value: Any, resolved: Resolved, *, typing: str | None) -> Json:
    kind, told = option["type"], {"name": option["name"], "type": option["type"]}
    if typing == option["name"]:
        return told | {"value": value, "focused": True}
    if isinstance(value, User | Channel | Role) and isinstance(value, THINGS.get(kind, ())):
        return told | {"value": resolved.add(value)}
    if kind in PLAIN and isinstance(value, PLAIN[kind]):
        choices = [one["value"] for one in option.get("choices", [])]
        if choices and value not in choices:
            raise ImpossibleError(f"{option['name']!r} is one of {choices}")
        return told | {"value": value}
    raise ImpossibleError(f"{value!r} does not fit the option {option['name']!r} of type {kind}")

"""Finding what a request to the control endpoint names: people, guilds, channels, messages."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.interactions import Interaction
from bots.sandbox.discord.invites import Invite
from bots.sandbox.discord.messages import Message
from bots.sandbox.discord.people import Person
from bots.sandbox.discord.roles import Role
from bots.sandbox.discord.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld

Json = dict[str, Any]


class UnknownError(Exception):
    """The request names somebody or something that is not there."""


class Finder:
    """Users are named by id or username, guilds by id or name, the rest by id; `{"id": …}` stands for any of them."""

    def __init__(self, world: DiscordWorld) -> None:
        self._world = world

    def dated(self, body: Json) -> Json:
        """The body, with `created_at` as a time."""
        given = body.get("created_at")
        return body | ({"created_at": datetime.fromisoformat(given)} if given else {})

    def arguments(self, person: Person, body: Json) -> Json:
        """The arguments of a verb, with what their names stand for."""
        return {name: self._argument(person, name, value) for name, value in body.items()}

    def user(self, value: Any) -> User:
        named = (user for user in self._world.users.values() if user.username == str(value))
        user = self._world.users.get(_number(value)) or next(named, None)
        if user is None:
            raise UnknownError(f"there is no user {value!r}")
        return user

    def person(self, value: Any) -> Person:
        user = self.user(value)
        if not isinstance(user, Person):
            raise UnknownError(f"{value!r} is not a person")
        return user

    def bot(self, value: Any) -> Bot:
        user = self.user(value)
        if not isinstance(user, Bot):
            raise UnknownError(f"{value!r} is not a bot")
        return user

    def guild(self, value: Any) -> Guild:
        named = (guild for guild in self._world.guilds.values() if guild.name == str(value))
        guild = self._world.guilds.get(_number(value)) or next(named, None)
        if guild is None:
            raise UnknownError(f"there is no guild {value!r}")
        return guild

    def place(self, value: Any) -> Channel | Bot:
        channel = self._world.channels.get(_number(value))
        return channel or self.bot(value)

    def interaction(self, value: Any) -> Interaction:
        id_ = _number(value)
        found = next((one for one in self._world.interactions.values() if one.id == id_), None)
        if found is None:
            raise UnknownError(f"there is no interaction {value!r}")
        return found

    def message(self, value: Any) -> Message:
        id_ = _number(value)
        found = (channel.messages[id_] for channel in self._world.channels.values() if id_ in channel.messages)
        message = next(found, None)
        if message is None:
            raise UnknownError(f"there is no message {value!r}")
        return message

    def _role(self, value: Any) -> Role:
        id_ = _number(value)
        found = next((guild.roles[id_] for guild in self._world.guilds.values() if id_ in guild.roles), None)
        if found is None:
            raise UnknownError(f"there is no role {value!r}")
        return found

    def _invite(self, value: Any) -> Invite:
        found = self._world.invite_at(str(value))
        if found is None:
            raise UnknownError(f"there is no invite {value!r}")
        return found

    def _argument(self, person: Person, name: str, value: Any) -> Any:
        match name:
            case "guild":
                return self.guild(value)
            case "where" | "channel":
                return self.place(value)
            case "bot":
                return self.bot(value)
            case "user":
                return self.user(value)
            case "message":
                return self.message(value)
            case "opened":
                return self.interaction(value)
            case "role":
                return self._role(value)
            case "invite":
                return self._invite(value)
            case _:
                return value


def _number(value: Any) -> int:
    text = str(value["id"] if isinstance(value, dict) else value)
    return int(text) if text.isdecimal() else 0

"""Channels: those of a guild, and the private ones between a person and a bot."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from bots.sandbox.discord.permissions import NONE, Permission
from bots.sandbox.discord.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.discord.guilds import Guild
    from bots.sandbox.discord.messages import Message

Json = dict[str, Any]


class ChannelType(IntEnum):
    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5


@dataclass(slots=True, kw_only=True, eq=False)
class Overwrite:
    """What a role (type 0) or a member (type 1) may do more, or less, in one channel."""

    type: int
    allow: Permission = NONE
    deny: Permission = NONE


@dataclass(kw_only=True, eq=False, repr=False)
class Channel:
    """A place where messages lie; of a guild, or with a person and a bot."""

    id: int
    type: ChannelType = ChannelType.TEXT
    name: str = ""
    position: int = 0
    guild: Guild | None = None
    person: User | None = None
    bot: Bot | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)

    @property
    def is_private(self) -> bool:
        return self.guild is None

    def allows(self, user: User, permission: Permission) -> bool:
        """May the user do this here?"""
        if self.guild is None:
            return user in (self.person, self.bot)
        return permission in self.guild.permissions_of(user, self)

    def visible(self, user: User) -> list[Message]:
        """The messages that this user sees, oldest first."""
        return [message for message in self.messages.values() if message.only_for in (None, user)]

    def remember(self, message: Message, *, most: int) -> None:
        """Keep a message, and forget the oldest one beyond `most`."""
        self.messages[message.id] = message
        if len(self.messages) > most:
            del self.messages[next(iter(self.messages))]

    def json(self) -> Json:
        last = str(max(self.messages)) if self.messages else None
        base: Json = {"id": str(self.id), "type": int(self.type), "last_message_id": last, "flags": 0}
        if self.guild is None:
            return base | {"recipients": [self.person.json()] if self.person else []}
        return base | {
            "guild_id": str(self.guild.id),
            "name": self.name,
            "parent_id": None,
            "position": self.position,
            "permission_overwrites": [self._overwrite_json(id_, one) for id_, one in self.overwrites.items()],
            "topic": None,
            "nsfw": False,
            "rate_limit_per_user": 0,
        }

    def short_json(self) -> Json:
        """The channel as an invite shows it."""
        return {"id": str(self.id), "type": int(self.type), "name": self.name}

    def _overwrite_json(self, id_: int, one: Overwrite) -> Json:
        return {"id": str(id_), "type": one.type, "allow": str(int(one.allow)), "deny": str(int(one.deny))}

    def __repr__(self) -> str:
        return f"<Channel {self.id} {self.name!r}>"

"""Members: how a user stands to a guild, and how they came."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from bots.sandbox.discord.users import User

Json = dict[str, Any]
DID_REJOIN = 1 << 0


class JoinSource(IntEnum):
    """The ways to come into a guild, numbered as the members search numbers them."""

    UNKNOWN = 0
    BOT = 1  # a bot put them in, with their consent by OAuth2
    INTEGRATION = 2
    DISCOVERY = 3
    HUB = 4
    INVITE = 5
    VANITY = 6
    APPROVAL = 7


@dataclass(slots=True, kw_only=True, eq=False)
class Member:
    """A user inside a guild. What stands in `source`, `code` and `inviter` only the members search tells."""

    user: User
    joined_at: datetime
    roles: list[int] = field(default_factory=list)
    nick: str | None = None
    pending: bool = False
    flags: int = 0
    source: JoinSource = JoinSource.UNKNOWN
    code: str | None = None
    inviter: int | None = None

    @property
    def did_rejoin(self) -> bool:
        return bool(self.flags & DID_REJOIN)

    def json(self) -> Json:
        return {"user": self.user.json()} | self.bare_json()

    def bare_json(self) -> Json:
        """The member without the user, as it comes with a message."""
        return {
            "avatar": None,
            "avatar_decoration_data": None,
            "banner": None,
            "collectibles": None,
            "communication_disabled_until": None,
            "flags": self.flags,
            "joined_at": self.joined_at.isoformat(),
            "nick": self.nick,
            "pending": self.pending,
            "premium_since": None,
            "roles": [str(role) for role in self.roles],
            "mute": False,
            "deaf": False,
        }

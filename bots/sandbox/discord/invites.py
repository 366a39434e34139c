"""Invites: a guild's doors, with how often each has been used."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.users import User

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Invite:
    """A way into a guild. `max_age` in seconds and `max_uses`: 0 is without end."""

    code: str
    channel: Channel
    inviter: User | None = None  # nobody made a guild's own address
    created_at: datetime
    max_age: int = 86_400
    max_uses: int = 0
    temporary: bool = False
    roles: list[int] = field(default_factory=list)
    uses: int = 0

    @property
    def url(self) -> str:
        return f"https://discord.gg/{self.code}"

    @property
    def expires_at(self) -> datetime | None:
        return self.created_at + timedelta(seconds=self.max_age) if self.max_age else None

    @property
    def used_up(self) -> bool:
        return 0 < self.max_uses <= self.uses

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and now >= self.expires_at

    def similar(self, inviter: User, max_age: int, max_uses: int, temporary: bool) -> bool:
        """Would Discord give this one again to somebody who does not ask for a unique one?"""
        own = (self.inviter, self.max_age, self.max_uses, self.temporary)
        return own == (inviter, max_age, max_uses, temporary) and not self.roles

    def json(self) -> Json:
        """The invite as anybody who has the code may see it."""
        guild = self.channel.guild
        assert guild
        shown: Json = {
            "type": 0,
            "code": self.code,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "flags": 0,
            "guild": guild.short_json(),
            "guild_id": str(guild.id),
            "channel": self.channel.short_json(),
        }
        if self.inviter:
            shown["inviter"] = self.inviter.json()
        if self.roles:
            shown["roles"] = [guild.roles[role].short_json() for role in self.roles if role in guild.roles]
        return shown

    def whole_json(self, uses: int | None = None) -> Json:
        """The invite with its counts, as those who manage the guild see it."""
        return self.json() | self._limits_json() | {"uses": self.uses if uses is None else uses}

    def created_json(self) -> Json:
        """What the INVITE_CREATE event carries."""
        assert self.channel.guild
        return self._limits_json() | {
            "code": self.code,
            "type": 0,
            "channel_id": str(self.channel.id),
            "guild_id": str(self.channel.guild.id),
            "inviter": self.inviter.json() if self.inviter else None,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "uses": 0,
        }

    def _limits_json(self) -> Json:
        return {
            "max_age": self.max_age,
            "max_uses": self.max_uses,
            "temporary": self.temporary,
            "created_at": self.created_at.isoformat(),
        }

    def __repr__(self) -> str:
        return f"<Invite {self.code} {self.uses}/{self.max_uses or 'any'}>"

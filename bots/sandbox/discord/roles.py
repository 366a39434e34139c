"""Roles: what members are given, in their order of rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bots.sandbox.discord.permissions import NONE, Permission

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True, eq=False)
class Role:
    """A role of a guild; the higher its position, the higher its rank. The one of everybody has the guild's id."""

    id: int
    name: str
    position: int
    permissions: Permission = NONE
    color: int = 0
    bot_id: int | None = None  # of a role that belongs to a bot and cannot be given

    @property
    def managed(self) -> bool:
        return self.bot_id is not None

    def json(self) -> Json:
        shown: Json = self.short_json() | {
            "permissions": str(int(self.permissions)),
            "hoist": False,
            "managed": self.managed,
            "mentionable": False,
            "flags": 0,
        }
        return shown | ({"tags": {"bot_id": str(self.bot_id)}} if self.managed else {})

    def short_json(self) -> Json:
        """The role as an invite that gives it shows it."""
        return {
            "id": str(self.id),
            "name": self.name,
            "position": self.position,
            "color": self.color,
            "colors": {"primary_color": self.color, "secondary_color": None, "tertiary_color": None},
            "icon": None,
            "unicode_emoji": None,
        }

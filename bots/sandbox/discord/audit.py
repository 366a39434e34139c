"""A guild's audit log: who did what to whom."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from bots.sandbox.discord.users import User

Json = dict[str, Any]


class Action(IntEnum):
    MEMBER_KICK = 20
    MEMBER_BAN_ADD = 22
    MEMBER_BAN_REMOVE = 23
    MEMBER_ROLE_UPDATE = 25
    BOT_ADD = 28
    ROLE_CREATE = 30
    ROLE_UPDATE = 31
    ROLE_DELETE = 32
    INVITE_CREATE = 40
    INVITE_DELETE = 42


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One entry; an invite has no id, and is named in the changes."""

    id: int
    action: Action
    by: User
    target: int | None = None
    changes: list[Json] = field(default_factory=list)
    reason: str | None = None

    def json(self) -> Json:
        shown: Json = {
            "id": str(self.id),
            "action_type": int(self.action),
            "user_id": str(self.by.id),
            "target_id": str(self.target) if self.target else None,
            "changes": self.changes,
        }
        return shown | ({"reason": self.reason} if self.reason else {})


@dataclass(slots=True)
class AuditLog:
    """The newest entries, oldest first."""

    entries: deque[AuditEntry] = field(default_factory=lambda: deque(maxlen=1000))

    def find(self, *, action: int | None, by: int | None, limit: int) -> list[AuditEntry]:
        """The entries of this kind by this user, newest first."""
        found = (
            entry
            for entry in reversed(self.entries)
            if (action is None or entry.action == action) and (by is None or entry.by.id == by)
        )
        return [entry for entry, _ in zip(found, range(limit), strict=False)]

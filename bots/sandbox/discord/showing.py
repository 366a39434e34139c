"""Anything of the world as JSON, for the control endpoint."""

from __future__ import annotations

from typing import Any

from bots.sandbox.discord.interactions import Interaction
from bots.sandbox.discord.invites import Invite
from bots.sandbox.discord.members import Member
from bots.sandbox.discord.messages import Message
from bots.sandbox.discord.roles import Role
from bots.sandbox.discord.users import User


def shown(value: Any) -> Any:
    if isinstance(value, list):
        return [shown(one) for one in value]
    if isinstance(value, dict):
        return {name: shown(one) for name, one in value.items()}
    if isinstance(value, Invite):
        return value.whole_json() | {"url": value.url}
    if isinstance(value, Interaction):
        return {
            "id": str(value.id),
            "answered": value.answered,
            "thinking": value.thinking,
            "replies": shown(value.replies),
            "modal": value.modal,
            "choices": value.choices,
        }
    return value.json() if isinstance(value, User | Member | Message | Role) else value

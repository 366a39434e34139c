"""Routes about channels, and opening private ones."""

from __future__ import annotations

from typing import Any

from bots.sandbox.discord.errors import ApiError, invalid, unknown
from bots.sandbox.discord.rest.table import Call, route
from bots.sandbox.discord.users import Bot

Json = dict[str, Any]


@route("GET", "/channels/{channel_id}")
def get_channel(call: Call) -> Json:
    return call.channel().json()


@route("POST", "/channels/{channel_id}/typing")
def show_typing(call: Call) -> None:
    call.channel()


@route("POST", "/users/@me/channels")
def open_private(call: Call) -> Json:
    """The private channel with a person; whether they take messages shows only when one is sent."""
    wanted = str(call.data.get("recipient_id", ""))
    if not wanted.isdecimal():
        raise invalid("recipient_id", "This field is required", "BASE_TYPE_REQUIRED")
    user = call.world.users.get(int(wanted))
    if user is None:
        raise unknown("User")
    if isinstance(user, Bot):
        raise ApiError(403, 50007, "Cannot send messages to this user")
    return call.world.private(call.bot, user).json()

"""Writing, changing and deleting messages, and telling those who may know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.events import tell_deleted, tell_message
from bots.sandbox.discord.messages import EPHEMERAL, Message
from bots.sandbox.discord.users import User

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld


def post(world: DiscordWorld, channel: Channel, author: User, **fields: Any) -> Message:
    """A new message; `fields` are the others of `Message`. An ephemeral one no bot is told of."""
    message = Message(id=world.snowflake(), channel=channel, author=author, created_at=world.clock.now(), **fields)
    channel.remember(message, most=world.history)
    if not message.flags & EPHEMERAL:
        tell_message("MESSAGE_CREATE", message)
    world.changed.beat()
    return message


def change(world: DiscordWorld, message: Message, **fields: Any) -> None:
    """Give a message other words, embeds or components."""
    for name, value in fields.items():
        setattr(message, name, value)
    message.edited_at = world.clock.now()
    if not message.flags & EPHEMERAL:
        tell_message("MESSAGE_UPDATE", message)
    world.changed.beat()


def delete(world: DiscordWorld, message: Message) -> None:
    message.deleted = True
    message.channel.messages.pop(message.id, None)
    if not message.flags & EPHEMERAL:
        tell_deleted(message)
    world.changed.beat()

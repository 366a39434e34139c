"""Routes about messages."""

from __future__ import annotations

from typing import Any

from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.errors import ApiError, dm_closed, missing_permissions, unknown
from bots.sandbox.discord.messages import Message
from bots.sandbox.discord.people import Person
from bots.sandbox.discord.permissions import Permission
from bots.sandbox.discord.posting import change, delete, post
from bots.sandbox.discord.rest.content import read_content
from bots.sandbox.discord.rest.table import Call, route

Json = dict[str, Any]


@route("POST", "/channels/{channel_id}/messages")
def create_message(call: Call) -> Json:
    """With a nonce that is enforced, the same message again."""
    channel = call.channel(Permission.SEND_MESSAGES)
    if call.files:
        call.channel(Permission.ATTACH_FILES)
    _must_reach(call, channel)
    nonce = call.data.get("nonce")
    if nonce is not None and call.data.get("enforce_nonce"):
        mine = (one for one in channel.messages.values() if one.author is call.bot)
        again = next((one for one in mine if one.nonce == nonce), None)
        if again:
            return again.json()
    fields = read_content(call)
    reference = call.data.get("message_reference")
    if reference:
        fields["reference"] = {"type": 0, "channel_id": str(channel.id)} | reference
        fields["type"] = 19
    message = post(call.world, channel, call.bot, nonce=nonce, bot=call.bot, **fields)
    if isinstance(channel.person, Person):
        channel.person.received.append(message)
    return message.json()


@route("GET", "/channels/{channel_id}/messages")
def get_messages(call: Call) -> list[Json]:
    """The newest first."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    after, before = int(call.query.get("after", 0)), int(call.query.get("before", 1 << 63))
    shown = [one for one in channel.visible(call.bot) if after < one.id < before]
    return [one.json() for one in reversed(shown)][: call.number("limit", 50, least=1, most=100)]


@route("GET", "/channels/{channel_id}/messages/{message_id}")
def get_message(call: Call) -> Json:
    return _message(call, call.channel()).json()


@route("PATCH", "/channels/{channel_id}/messages/{message_id}")
def edit_message(call: Call) -> Json:
    message = _message(call, call.channel())
    if message.author is not call.bot:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    change(call.world, message, **read_content(call, old=message))
    return message.json()


@route("DELETE", "/channels/{channel_id}/messages/{message_id}")
def delete_message(call: Call) -> None:
    channel = call.channel()
    message = _message(call, channel)
    if message.author is not call.bot and (channel.is_private or not channel.allows(call.bot, MANAGE)):
        raise missing_permissions()
    delete(call.world, message)


MANAGE = Permission.MANAGE_MESSAGES


def _must_reach(call: Call, channel: Channel) -> None:
    """A private message is for those who take it, and for those one shares a guild with or who wrote first."""
    person = channel.person
    if not isinstance(person, Person):
        return
    if not person.reachable_by(call.bot):
        raise dm_closed()
    met = any(guild.has(call.bot) for guild in call.world.guilds_of(person))
    if not met and not any(one.author is person for one in channel.messages.values()):
        raise ApiError(403, 50278, "Cannot send messages to this user due to having no mutual guilds")


def _message(call: Call, channel: Channel) -> Message:
    message = channel.messages.get(call.id("message_id"))
    if message is None or message.only_for:
        raise unknown("Message")
    return message

"""Routes by which a bot answers an interaction. They need no token but the interaction's own."""

from __future__ import annotations

from typing import Any

from bots.sandbox.discord.errors import ApiError, invalid, unknown
from bots.sandbox.discord.interactions import Interaction
from bots.sandbox.discord.messages import EPHEMERAL, LOADING, Message, completed, walk
from bots.sandbox.discord.posting import change, delete, post
from bots.sandbox.discord.rest.content import read_content
from bots.sandbox.discord.rest.table import Answer, Call, route

Json = dict[str, Any]
CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
MESSAGE, LATER, UPDATE_LATER, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
MOST_CHOICES = 25


@route("POST", CALLBACK, who="nobody")
def answer(call: Call) -> Json | None:
    """The first answer: within three seconds, and only once."""
    interaction = call.world.interactions.get(call.ids["interaction_token"])
    if interaction is None or interaction.id != call.id("interaction_id") or interaction.late(call.world.clock.now()):
        raise unknown("interaction")
    if interaction.answered is not None:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    kind, data = call.data.get("type"), call.data.get("data") or {}
    message = _first(call, interaction, kind, data)
    interaction.answered = kind
    if call.query.get("with_response", "").lower() not in ("1", "true"):
        return None
    return _told(interaction, message)


def _first(call: Call, interaction: Interaction, kind: Any, data: Json) -> Message | None:
    match kind:
        case 4:
            fields = read_content(call, data)
            interaction.original = _reply(call, interaction, fields)
        case 5:
            flags = int(data.get("flags") or 0) & EPHEMERAL | LOADING
            interaction.original = _reply(call, interaction, {"flags": flags})
        case 6 | 7 if interaction.message:
            interaction.original = interaction.message
            if kind == UPDATE:
                change(call.world, interaction.message, **read_content(call, data, old=interaction.message))
        case 8:
            interaction.choices = list(data.get("choices") or [])[: MOST_CHOICES + 1]
            if len(interaction.choices) > MOST_CHOICES:
                raise invalid("data.choices", "Must be 25 or fewer in length.", "BASE_TYPE_MAX_LENGTH")
        case 9:
            interaction.modal = _form(data)
        case _:
            raise invalid("type", "Value must be one of {4, 5, 6, 7, 8, 9}.", "BASE_TYPE_CHOICES")
    return interaction.original


def _told(interaction: Interaction, message: Message | None) -> Json:
    shown: Json = {"id": str(interaction.id), "type": int(interaction.kind)}
    shown["channel_id"] = str(interaction.channel.id)
    if interaction.channel.guild:
        shown["guild_id"] = str(interaction.channel.guild.id)
    if message is None:
        return {"interaction": shown}
    shown |= {
        "response_message_id": str(message.id),
        "response_message_loading": bool(message.flags & LOADING),
        "response_message_ephemeral": bool(message.flags & EPHEMERAL),
    }
    return {"interaction": shown, "resource": {"type": interaction.answered, "message": message.json()}}


@route("POST", WEBHOOK, who="nobody")
def follow_up(call: Call) -> Json | Answer:
    """One more message; the first one after "thinking" takes its place."""
    interaction = _alive(call)
    fields = read_content(call)
    if interaction.thinking:
        message = _settle(call, interaction, fields)
    else:
        message = _reply(call, interaction, fields)
        interaction.followups.append(message)
    return message.json()


@route("GET", WEBHOOK + "/messages/@original", who="nobody")
@route("GET", WEBHOOK + "/messages/{message_id}", who="nobody")
def get_reply(call: Call) -> Json:
    return _named(call, _alive(call)).json()


@route("PATCH", WEBHOOK + "/messages/@original", who="nobody")
@route("PATCH", WEBHOOK + "/messages/{message_id}", who="nobody")
def edit_reply(call: Call) -> Json:
    interaction = _alive(call)
    message = _named(call, interaction)
    if interaction.thinking and message is interaction.original:
        return _settle(call, interaction, read_content(call)).json()
    change(call.world, message, **read_content(call, old=message))
    return message.json()


@route("DELETE", WEBHOOK + "/messages/@original", who="nobody")
@route("DELETE", WEBHOOK + "/messages/{message_id}", who="nobody")
def delete_reply(call: Call) -> None:
    delete(call.world, _named(call, _alive(call)))


def _alive(call: Call) -> Interaction:
    """The interaction whose token this is, for fifteen minutes, once it has been answered."""
    interaction = call.world.interactions.get(call.ids["webhook_token"])
    if interaction is None or interaction.bot.id != call.id("webhook_id"):
        raise unknown("Webhook")
    if interaction.over(call.world.clock.now()):
        raise ApiError(401, 50027, "Invalid Webhook Token")
    if interaction.answered is None:
        raise unknown("Webhook")
    return interaction


def _named(call: Call, interaction: Interaction) -> Message:
    if "message_id" not in call.ids:
        found = interaction.original
    else:
        id_ = call.id("message_id")
        known = [*interaction.followups, *([interaction.original] if interaction.original else [])]
        found = next((one for one in known if one.id == id_), None)
    if found is None or found.deleted:
        raise unknown("Message")
    return found


def _reply(call: Call, interaction: Interaction, fields: Json) -> Message:
    more = interaction.answer_fields(fields.pop("flags"))
    return post(call.world, interaction.channel, interaction.bot, **fields, **more)


def _settle(call: Call, interaction: Interaction, fields: Json) -> Message:
    """ "Thinking" becomes the answer; who sees it stays as it was."""
    message = interaction.original
    assert message
    fields["flags"] = fields["flags"] & ~EPHEMERAL | message.flags & EPHEMERAL
    change(call.world, message, **fields)
    return message


def _form(data: Json) -> Json:
    title = str(data.get("title") or "")
    if not data.get("custom_id") or not 1 <= len(title) <= 45:
        raise invalid("data.title", "Must be between 1 and 45 in length.", "BASE_TYPE_BAD_LENGTH")
    components = completed(data.get("components") or [])
    if not any("custom_id" in one for one in walk(components)):
        raise invalid("data.components", "This field is required", "BASE_TYPE_REQUIRED")
    return data | {"components": components}

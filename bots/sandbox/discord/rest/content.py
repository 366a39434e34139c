"""What a message says, read from a call and held against the limits."""

from __future__ import annotations

from typing import Any

from bots.sandbox.discord.errors import ApiError, invalid
from bots.sandbox.discord.messages import EPHEMERAL, Message, completed, embedded, walk
from bots.sandbox.discord.rest.table import Call

Json = dict[str, Any]
LONGEST = 2000
MOST_EMBEDS = 10
LONGEST_EMBEDS = 6000
MOST_COMPONENTS = 40
V2 = 1 << 15
SUPPRESS_EMBEDS, SILENT = 1 << 2, 1 << 12
SETTABLE = SUPPRESS_EMBEDS | SILENT | EPHEMERAL | V2
URLS = "https://cdn.discordapp.com/attachments"


def read_content(call: Call, data: Json | None = None, *, old: Message | None = None) -> Json:
    """The fields of `Message` that the call sets; what it leaves out stays as it is in `old`."""
    data = call.data if data is None else data
    fields: Json = {}
    if "content" in data or old is None:
        fields["content"] = _text(data.get("content"))
    if "embeds" in data or old is None:
        fields["embeds"] = _embeds(data.get("embeds") or [])
    if "components" in data or old is None:
        fields["components"] = _components(data.get("components") or [])
    if call.files or "attachments" in data or old is None:
        fields["attachments"] = [_attachment(call, file) for file in call.files]
    if data.get("flags") is not None or old is None:
        kept = (old.flags & ~SETTABLE | old.flags & (EPHEMERAL | V2)) if old else 0
        fields["flags"] = kept | int(data.get("flags") or 0) & SETTABLE
    _check_v2({"content": old.content, "embeds": old.embeds, "flags": old.flags} | fields if old else fields)
    if old is None and not any(fields[name] for name in ("content", "embeds", "components", "attachments")):
        raise ApiError(400, 50006, "Cannot send an empty message")
    return fields


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    if len(text) > LONGEST:
        raise invalid("content", f"Must be {LONGEST} or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    return text


def _embeds(embeds: list[Json]) -> list[Json]:
    parts = [
        text
        for embed in embeds
        for text in (
            embed.get("title"),
            embed.get("description"),
            (embed.get("footer") or {}).get("text"),
            (embed.get("author") or {}).get("name"),
            *(one for entry in embed.get("fields") or [] for one in (entry.get("name"), entry.get("value"))),
        )
    ]
    if len(embeds) > MOST_EMBEDS or sum(len(part or "") for part in parts) > LONGEST_EMBEDS:
        raise invalid("embeds", "Embed size exceeds maximum size of 6000", "MAX_EMBED_SIZE_EXCEEDED")
    return embedded(embeds)


def _components(components: list[Json]) -> list[Json]:
    if len(list(walk(components))) > MOST_COMPONENTS:
        raise invalid("components", f"Must be {MOST_COMPONENTS} or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    ids = [one["custom_id"] for one in walk(components) if "custom_id" in one]
    if len(set(ids)) < len(ids):
        raise invalid("components", "Component custom id cannot be duplicated", "COMPONENT_CUSTOM_ID_DUPLICATED")
    for one in walk(components):
        _check_sizes(one)
    shown = completed(components)
    for one in walk(shown):
        one.pop("required", None)  # which means something in forms only
    return shown


def _check_sizes(one: Json) -> None:
    for name, most in (("custom_id", 100), ("label", 80), ("url", 512)):
        if len(str(one.get(name) or "")) > most:
            raise invalid(f"components.{name}", f"Must be {most} or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    if one["type"] == 2 and ("url" in one) == ("custom_id" in one) and one.get("style") != 6:
        raise invalid("components", "A custom id and url cannot both be specified", "BUTTON_COMPONENT_CUSTOM_ID_URL")


def _check_v2(fields: Json) -> None:
    """Content and embeds are not for messages of the new kind of components."""
    if fields["flags"] & V2 and (fields["content"] or fields["embeds"]):
        problem = "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        raise invalid("content", problem, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2")


def _attachment(call: Call, file: Json) -> Json:
    id_ = call.world.snowflake()
    url = f"{URLS}/{id_}/{file['filename']}"
    return {"id": str(id_), "url": url, "proxy_url": url} | file

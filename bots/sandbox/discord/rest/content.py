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
LONGEST_TEXTS = 4000
TEXT, GALLERY = 10, 12
MOST_IN_A_GALLERY, MOST_FILES = 10, 10
LARGEST_FILE = 10 * 2**20
URLS = "https://cdn.discordapp.com/attachments"


def read_content(call: Call, data: Json | None = None, *, old: Message | None = None) -> Json:
    """The fields of `Message` that the call sets; what it leaves out stays as it is in `old`."""
    data = call.data if data is None else data
    fields: Json = {}
    if "content" in data or old is None:
        fields["content"] = _text(data.get("content"))
    if "embeds" in data or old is None:
        fields["embeds"] = _embeds(data.get("embeds") or [])
    if call.files or "attachments" in data or old is None:
        fields["attachments"] = _attachments(call)
    if "components" in data or old is None:
        attached = fields.get("attachments", old.attachments if old else [])
        fields["components"] = _components(call, data.get("components") or [], attached)
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


def _components(call: Call, components: list[Json], attached: list[Json]) -> list[Json]:
    if len(list(walk(components))) > MOST_COMPONENTS:
        raise invalid("components", f"Must be {MOST_COMPONENTS} or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    ids = [one["custom_id"] for one in walk(components) if "custom_id" in one]
    if len(set(ids)) < len(ids):
        raise invalid("components", "Component custom id cannot be duplicated", "COMPONENT_CUSTOM_ID_DUPLICATED")
    for one in walk(components):
        _check_sizes(one)
    if sum(len(str(one.get("content"))) for one in walk(components) if one["type"] == TEXT) > LONGEST_TEXTS:
        problem = f"Components displayable text size exceeds maximum size of {LONGEST_TEXTS}"
        raise invalid("components", problem, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED")
    shown = completed(components)
    for one in walk(shown):
        one.pop("required", None)  # which means something in forms only
        if one["type"] == GALLERY:
            one["items"] = _gallery(call, one.get("items") or [], attached)
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


def _gallery(call: Call, items: list[Json], attached: list[Json]) -> list[Json]:
    """Its pictures and videos, where Discord keeps them now."""
    if not 1 <= len(items) <= MOST_IN_A_GALLERY:
        problem = f"Must be between 1 and {MOST_IN_A_GALLERY} in length."
        raise invalid("components.items", problem, "BASE_TYPE_BAD_LENGTH")
    return [
        {"description": None, "spoiler": False} | item | {"media": _found(call, item["media"]["url"], attached)}
        for item in items
    ]


def _found(call: Call, url: str, attached: list[Json]) -> Json:
    name = url.removeprefix("attachment://")
    if name == url:
        return {"id": str(call.world.snowflake()), "url": url, "proxy_url": url}
    for one in attached:
        if one["filename"] == name:
            kept = {key: one[key] for key in ("url", "proxy_url", "content_type")}
            return {"id": one["id"], "attachment_id": one["id"]} | kept
    problem = f"The referenced attachment was not found: {name}"
    raise invalid("components.items.media", problem, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND")


def _attachments(call: Call) -> list[Json]:
    if len(call.files) > MOST_FILES:
        raise ApiError(400, 30015, f"Maximum number of attachments in a message reached ({MOST_FILES})")
    if any(file["size"] > LARGEST_FILE for file in call.files):
        raise ApiError(413, 40005, "Request entity too large")
    return [_attachment(call, file) for file in call.files]


def _attachment(call: Call, file: Json) -> Json:
    id_ = call.world.snowflake()
    url = f"{URLS}/{id_}/{file['filename']}"
    return {"id": str(id_), "url": url, "proxy_url": url} | file

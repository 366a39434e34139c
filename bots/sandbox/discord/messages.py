"""Messages, and the components in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.users import Bot, User

Json = dict[str, Any]
EPHEMERAL = 1 << 6
LOADING = 1 << 7
SELECTS = {3: "string", 5: "user", 6: "role", 7: "mentionable", 8: "channel"}


@dataclass(kw_only=True, eq=False, repr=False)
class Message:
    """A message as it reads now. `only_for` is who alone sees it, if it is ephemeral."""

    id: int
    channel: Channel
    author: User
    created_at: datetime
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    flags: int = 0
    type: int = 0
    nonce: str | int | None = None
    edited_at: datetime | None = None
    reference: Json | None = None
    bot: Bot | None = None  # the application that it came from
    interaction: Json | None = None  # what it answers
    only_for: User | None = None
    deleted: bool = False

    @property
    def buttons(self) -> list[Json]:
        """Every button in it, in the order they are shown."""
        return [one for one in walk(self.components) if one["type"] == 2]

    @property
    def selects(self) -> list[Json]:
        return [one for one in walk(self.components) if one["type"] in SELECTS]

    @property
    def text(self) -> str:
        """All that can be read: the content, text displays and embeds."""
        shown = [one["content"] for one in walk(self.components) if one["type"] == 10]
        embeds = [part for embed in self.embeds for part in (embed.get("title"), embed.get("description")) if part]
        return "\n".join(part for part in [self.content, *embeds, *shown] if part)

    @property
    def media(self) -> list[Json]:
        """The pictures and videos in it, as they are shown: those of galleries, and what is only attached."""
        shown = [item["media"] for one in walk(self.components) if one["type"] == 12 for item in one["items"]]
        named = {one.get("attachment_id") for one in shown}
        return [*shown, *(one for one in self.attachments if one["id"] not in named)]

    def button(self, named: str) -> Json | None:
        """The button with this label or custom_id."""
        return next((one for one in self.buttons if named in (one.get("label"), one.get("custom_id"))), None)

    def url(self, label: str) -> str | None:
        """Where the button with this label leads."""
        found = self.button(label)
        return found.get("url") if found else None

    def readable_by(self, bot: Bot) -> bool:
        """May the bot read the words without asking for all words?"""
        return self.channel.is_private or self.author is bot or self.bot is bot or bot.mention in self.content

    def json(self) -> Json:
        shown: Json = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "type": self.type,
            "author": self.author.json(),
            "content": self.content,
            "timestamp": self.created_at.isoformat(),
            "edited_timestamp": self.edited_at.isoformat() if self.edited_at else None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": self.attachments,
            "embeds": self.embeds,
            "components": self.components,
            "pinned": False,
            "flags": self.flags,
        }
        extra = {
            "nonce": self.nonce,
            "message_reference": self.reference,
            "application_id": str(self.bot.id) if self.bot else None,
            "webhook_id": str(self.bot.id) if self.interaction and self.bot else None,
            "interaction_metadata": self.interaction,
        }
        return shown | {name: value for name, value in extra.items() if value is not None}

    def blank_json(self) -> Json:
        """The message for a bot that may not read the words."""
        return self.json() | {"content": "", "embeds": [], "attachments": [], "components": []}

    def __repr__(self) -> str:
        return f"<Message {self.id} by {self.author.username}: {self.text[:40]!r}>"


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, those inside others after them."""
    for one in components:
        yield one
        inner = [one[name] for name in ("component", "accessory") if name in one]
        yield from walk([*one.get("components", []), *inner])


def completed(components: list[Json]) -> list[Json]:
    """The components as Discord gives them back: with a number each, and what was left out."""
    numbered = [_copied(one) for one in components]
    taken = {one["id"] for one in walk(numbered) if "id" in one}
    free = (number for number in range(1, 1000) if number not in taken)
    for one in walk(numbered):
        if "id" not in one:
            one["id"] = next(free)
        for name, value in LEFT_OUT.get(one["type"], {}).items():
            one.setdefault(name, value)
    return numbered


def embedded(embeds: list[Json]) -> list[Json]:
    """Embeds as Discord gives them back."""
    return [
        {"type": "rich"}
        | embed
        | ({"fields": [{"inline": False} | one for one in embed["fields"]]} if "fields" in embed else {})
        for embed in embeds
    ]


def _copied(one: Json) -> Json:
    copy = dict(one)
    if "components" in one:
        copy["components"] = [_copied(inner) for inner in one["components"]]
    for name in ("component", "accessory"):
        if name in one:
            copy[name] = _copied(one[name])
    return copy


CHOICE = {"min_values": 1, "max_values": 1}
LEFT_OUT: dict[int, Json] = {
    2: {"style": 1},
    **dict.fromkeys(SELECTS, CHOICE),
    4: {"label": None, "min_length": None, "max_length": None, "required": True},
    14: {"spacing": 1, "divider": True},
    17: {"accent_color": None, "spoiler": False},
}

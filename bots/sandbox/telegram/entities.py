"""Message entities: from HTML as a bot writes it, and those that Telegram finds in plain text by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from bots.sandbox.telegram.errors import BotApiError, bad_request

Entity = dict[str, Any]

NAMES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "blockquote": "blockquote",
}
TOKEN = re.compile(r"<(?P<end>/?)(?P<tag>[^\s<>/]*)(?P<rest>[^<>]*)>|(?P<stray><)")
ATTRIBUTE = re.compile(r"""([\w-]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
CHARACTER = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#[xX][0-9a-fA-F]+);")
FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?!\w))"
    r"|(?P<url>https?://[^\s<>\"']*[\w/=&#-])"
    r"|(?P<mention>(?<!\w)@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w))"
    r"|(?P<hashtag>(?<!\w)#\w*[^\W\d]\w*)"
)


def units(text: str) -> int:
    """The length that Telegram counts: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def found_in(text: str, taken: list[Entity] | None = None) -> list[Entity]:
    """Commands, links, mentions and hashtags in the text, except where other entities already lie."""
    entities = list(taken or [])
    for match in FOUND.finditer(text):
        at, length = units(text[: match.start()]), units(match[0])
        if not any(old["offset"] < at + length and at < old["offset"] + old["length"] for old in taken or []):
            entities.append({"type": match.lastgroup, "offset": at, "length": length})
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def from_html(source: str) -> tuple[str, list[Entity]]:
    """Read a bot's HTML; what Telegram would refuse is refused, so that a missing escape shows."""
    return _Reader(source).read()


@dataclass(slots=True)
class _Reader:
    source: str
    text: str = ""
    open: list[tuple[str, Entity]] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def read(self) -> tuple[str, list[Entity]]:
        at = 0
        for match in TOKEN.finditer(self.source):
            self.text += _characters(self.source[at : match.start()])
            at = match.end()
            if match["stray"] is not None:
                raise self._problem("Unclosed start tag", match)
            if match["end"]:
                self._close(match)
            else:
                self._open(match)
        self.text += _characters(self.source[at:])
        if self.open:
            tag = self.open[-1][0]
            raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{tag}\"")
        return self._trimmed()

    def _open(self, match: re.Match[str]) -> None:
        tag = match["tag"].lower()
        attributes = {name.lower(): unescape("".join(values)) for name, *values in ATTRIBUTE.findall(match["rest"])}
        if tag not in NAMES or (tag == "span" and attributes.get("class") != "tg-spoiler"):
            raise self._problem(f'Unsupported start tag "{tag}"', match)
        self.open.append((tag, _entity(tag, units(self.text), attributes)))

    def _close(self, match: re.Match[str]) -> None:
        if not self.open:
            raise self._problem("Unexpected end tag", match)
        tag, entity = self.open.pop()
        if match["tag"].lower() not in ("", tag):
            expected = f'expected "</{tag}>", found "</{match["tag"]}>"'
            raise self._problem("Unmatched end tag", match, expected)
        entity["length"] = units(self.text) - entity["offset"]
        self._keep(tag, entity)

    def _keep(self, tag: str, entity: Entity) -> None:
        if tag == "a":
            self._link(entity)
        if tag == "code" and self.open and self.open[-1][0] == "pre":
            self.open[-1][1].update({"language": entity["language"]} if "language" in entity else {})
            return
        if tag == "code":
            entity.pop("language", None)
        if entity["length"] and entity.get("url") != "":
            self.entities.append(entity)

    def _link(self, entity: Entity) -> None:
        if not entity["url"]:  # without an address, the text of the link is the address
            entity["url"] = self.text.encode("utf-16-le")[entity["offset"] * 2 :].decode("utf-16-le")
        if "://" not in entity["url"] and not entity["url"].startswith(("mailto:", "tel:")):
            entity["url"] = f"http://{entity['url']}/" if "." in entity["url"] else ""

    def _trimmed(self) -> tuple[str, list[Entity]]:
        text = self.text.rstrip()
        size = units(text)
        for entity in self.entities:
            entity["length"] = min(entity["length"], size - entity["offset"])
        return text, [entity for entity in self.entities if entity["length"] > 0]

    def _problem(self, what: str, match: re.Match[str], details: str = "") -> BotApiError:
        at = len(self.source[: match.start()].encode())
        tail = f", {details}" if details else ""
        return bad_request(f"can't parse entities: {what} at byte offset {at}{tail}")


def _entity(tag: str, offset: int, attributes: dict[str, str]) -> Entity:
    entity: Entity = {"type": NAMES[tag], "offset": offset, "length": 0}
    if tag == "a":
        entity["url"] = attributes.get("href", "")
    if tag == "tg-emoji":
        entity["custom_emoji_id"] = attributes.get("emoji-id", "")
    if tag == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    if tag == "code" and attributes.get("class", "").startswith("language-"):
        entity["language"] = attributes["class"].removeprefix("language-")
    return entity


def _characters(text: str) -> str:
    return CHARACTER.sub(lambda match: unescape(match[0]), text)

"""The share kit's message as something that Telegram's inline mode sends. Pure."""

from typing import Any

from bots.talk.kit import Kit
from bots.telegram.ways import Ways
from bots.texts import text
from bots.texts.sharing import with_link, without_link


def offer(kit: Kit, ways: Ways) -> dict[str, Any]:
    """The campaign's message with the member's own link, as something to be sent in one's own name to any chat."""
    link = ways.link(kit.code, "telegram")
    return {
        "code": kit.code,
        "title": kit.title,
        "about": without_link(kit.words, link),
        "text": with_link(kit.words, link),
        "label": text(kit.language, "button.open_link"),
        "url": ways.pressed(kit.code, "telegram"),
    }

"""Messages as Discord shows them: a framed text with its buttons, made of components (platforms.md, section 6).

Embeds would do as well, but the flag that keeps Discord from fetching the links in a message hides them, too. That flag
is on every message of ours: whoever fetches an advocate's link counts as a share.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from bots.discord.calling import attached_as
from bots.discord.markdown import LONGEST, markdown, pages

SUPPRESS_EMBEDS, EPHEMERAL, COMPONENTS = 1 << 2, 1 << 6, 1 << 15

ROWS, IN_A_ROW = 5, 5
LONGEST_LABEL, LONGEST_DATA, LONGEST_URL, LONGEST_PLACEHOLDER = 80, 100, 512, 150
COLOUR = 0x3341B8
"""As on our pages."""

_ROW, _BUTTON, _PERSON, _TEXT, _GALLERY, _LINE, _FRAME = 1, 2, 5, 10, 12, 14, 17
_FIRST, _OTHERS, _LINK = 1, 2, 5

Json: TypeAlias = dict[str, Any]
Rows: TypeAlias = Sequence[Sequence[Mapping[str, Any]]]


def messages(content: Mapping[str, Any], *, private: bool = False) -> list[Json]:
    """What an outbox row says, as one message or more; `text` is HTML. `private`: only the asker sees it.

    The buttons stand below the last one. Those that Discord would not take are left out, and what a button would copy
    stands in the text, where it can be copied. `media` stand above the first; whoever sends it sends them with it.
    """
    rows: Rows = content.get("buttons") or ()
    texts = pages(markdown("".join([content["text"], *_to_copy(rows)])), LONGEST)
    below, above = _rows(rows), _gallery(content.get("media") or ())
    return [
        {
            "flags": SUPPRESS_EMBEDS | COMPONENTS | (EPHEMERAL if private else 0),
            "allowed_mentions": {"parse": []},
            "components": [_framed(text, below if number == len(texts) else [], above if number == 1 else [])],
        }
        for number, text in enumerate(texts, 1)
    ]


def _framed(text: str, rows: list[Json], above: list[Json]) -> Json:
    line = [{"type": _LINE, "divider": True, "spacing": 1}] if rows else []
    shown = [*above, {"type": _TEXT, "content": text}, *line, *rows]
    return {"type": _FRAME, "accent_color": COLOUR, "components": shown}


def _gallery(names: Sequence[str]) -> list[Json]:
    """Pictures, or a video, as they are called where they are attached."""
    items = [{"media": {"url": f"attachment://{attached_as(name, number)}"}} for number, name in enumerate(names)]
    return [{"type": _GALLERY, "items": items}] if items else []


def _to_copy(rows: Rows) -> Iterator[str]:
    for button in _each(rows):
        if "copy" in button:
            yield f"\n<pre>{escape(button['copy'], quote=False)}</pre>"


def _rows(rows: Rows) -> list[Json]:
    """The rows as they are if there is room; else filled up, so that more of the buttons find a place."""
    kept = _without_doubles(rows)
    cut = [row[at : at + IN_A_ROW] for row in kept for at in range(0, len(row), IN_A_ROW)]
    if len(cut) > ROWS:
        buttons = [one for row in kept for one in row if one["type"] == _BUTTON]
        others = [[one] for row in kept for one in row if one["type"] != _BUTTON]
        cut = [*(buttons[at : at + IN_A_ROW] for at in range(0, len(buttons), IN_A_ROW)), *others][:ROWS]
    return [{"type": _ROW, "components": row} for row in cut]


def _without_doubles(rows: Rows) -> list[list[Json]]:
    """What can be pressed, row by row; a menu has a row to itself, and Discord refuses two of the same name."""
    taken: set[str] = set()
    found: list[list[Json]] = []
    for row in rows:
        buttons: list[Json] = []
        for one in _components(row):
            if one.get("custom_id") in taken:
                continue
            if "custom_id" in one:
                one.setdefault("style", _OTHERS if taken else _FIRST) if one["type"] == _BUTTON else None
                taken.add(one["custom_id"])
            if one["type"] == _BUTTON:
                buttons.append(one)
            else:
                found.append([one])
        found += [buttons] if buttons else []
    return found


def _components(row: Iterable[Mapping[str, Any]]) -> Iterator[Json]:
    for button in row:
        label = shortened(str(button["text"]), LONGEST_LABEL)
        if "url" in button and _is_address(button["url"]):
            yield {"type": _BUTTON, "style": _LINK, "label": label, "url": button["url"]}
        elif "data" in button and 0 < len(button["data"]) <= LONGEST_DATA:
            yield {"type": _BUTTON, "label": label, "custom_id": button["data"]}
        elif "request_user" in button:
            hint = shortened(str(button["text"]), LONGEST_PLACEHOLDER)
            yield {"type": _PERSON, "custom_id": f"claim_picked:{button['request_user']}", "placeholder": hint}


def shortened(text: str, longest: int) -> str:
    """The text, cut where Discord would refuse it; it refuses nothing at all, too."""
    text = text.strip() or "…"
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return len(url) <= LONGEST_URL and parts.scheme in ("http", "https") and bool(parts.hostname)


def _each(rows: Rows) -> Iterator[Mapping[str, Any]]:
    return (button for row in rows for button in row)

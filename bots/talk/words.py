"""What a message is made of, whichever messenger it goes to: HTML (<b>, <i>, <code>, <a>), and buttons below it."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from hashlib import sha256
from html import escape, unescape
from typing import Any, TypeAlias

from bots.texts import has, text
from core.campaign.values import Platform

Button: TypeAlias = dict[str, Any]
"""`text`, and one of `url`, `web_app`, `data`, `copy`, `inline`, `request_user`. A door leaves out what it has not."""

Rows: TypeAlias = list[list[Button]]


_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)'’»]")


class Html(str):
    """HTML already: `worded` takes it as it is."""

    __slots__ = ()


def worded(language: str, key: str, **values: Any) -> Html:
    """The catalogue's text as HTML, with every value that somebody else wrote made harmless."""
    if _OURS.issuperset(map(type, values.values())):
        return _said(language, key, *values.items())
    return Html(text(language, key, **{name: _harmless(value) for name, value in values.items()}))


_OURS = frozenset({int, Html})


@lru_cache(maxsize=4096)
def _said(language: str, key: str, *values: tuple[str, Any]) -> Html:
    """What is said again and again: nothing in it is anybody else's, but what is HTML already."""
    return Html(text(language, key, **dict(values)))


def _harmless(value: object) -> object:
    return escape(value, quote=False) if isinstance(value, str) and not isinstance(value, Html) else value


def anchor(url: str) -> Html:
    """The address, to be read and pressed: not every messenger recognises one by itself."""
    return Html(f'<a href="{escape(url)}">{escape(url, quote=False)}</a>')


def code(words: str) -> Html:
    """To be copied with a tap."""
    return Html(f"<code>{escape(words, quote=False)}</code>")


def linked(words: str) -> Html:
    """What an organizer wrote, made harmless, with the addresses in it to be pressed. Not for members' words."""
    found, end = "", 0
    for each in _ADDRESS.finditer(words):
        found += escape(words[end : each.start()], quote=False) + anchor(each[0])
        end = each.end()
    return Html(found + escape(words[end:], quote=False))


@cache
def key_on(platform: Platform, key: str) -> str:
    """The text's id as it reads on this platform: `claim.ask.discord` where there is one, else `claim.ask`."""
    own = f"{key}.{platform.value}"
    return own if has(own) else key


def button(language: str, key: str, data: str, **values: Any) -> Button:
    """A button that comes back to us with `data` (64 bytes at most)."""
    return {"text": text(language, f"button.{key}", **values), "data": data}


def mark_of(name: str) -> str:
    """A short sign for what is too long for a button's data."""
    return sha256(name.encode()).hexdigest()[:16]


def pages(parts: Iterable[str], *, longest: int) -> list[str]:
    """These paragraphs as messages of that length at most, as few as can be. A paragraph is never cut."""
    found: list[str] = []
    for part in filter(None, parts):
        together = f"{found[-1]}\n\n{part}" if found else part
        if found and units(together) <= longest:
            found[-1] = together
        else:
            found.append(part)
    return found


def units(message: str) -> int:
    """The length as messengers count it: UTF-16 units, without the markup."""
    return len(unescape(re.sub(r"</?[a-z]+[^>]*>", "", message)).encode("utf-16-le")) // 2

"""Our HTML as Discord's Markdown. What people chose themselves stays plain text, whatever is in it.

A text never becomes markup, a mention, a list, a heading or a link: only <b>, <i>, <code>, <pre> and <a> are more than
text. In Discord a backslash before any sign that is neither letter, digit nor space takes its meaning away.
"""

import re
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

LONGEST = 4000
"""What all the texts of one message may hold together."""

_TURNS = re.compile("[\N{LEFT-TO-RIGHT EMBEDDING}-\N{RIGHT-TO-LEFT OVERRIDE}\N{LEFT-TO-RIGHT ISOLATE}-\u2069]")
"""Signs that turn the direction of what follows, also beyond their own line."""

_MEANT = re.compile(r"[\\`*_~|\[\]<>@#]|:(?=/|\Z)|\.(?=\w)|(?<=\d)[.)](?=\s|\Z)|[-+](?=\s|\Z)")
"""What has a meaning anywhere: markup, mentions, addresses, and what would begin a list."""

_IN_ADDRESSES = "!#$%&'*+,/:;=?@[]~-._"


def markdown(html: str) -> str:
    """The HTML as Discord shows it; tags other than ours are left out, their text is kept."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.whole()


def plain(text: str) -> str:
    """Somebody's text, so that Discord shows it as it is."""
    return _MEANT.sub(r"\\\g<0>", _TURNS.sub("", text))


def pages(text: str, longest: int = LONGEST) -> list[str]:
    """The text in as few messages as it fits into: cut between paragraphs, else lines, else words."""
    found, left = [], text.strip()
    while size(left) > longest:
        at = _cut(left, longest)
        found.append(left[:at].rstrip())
        left = left[at:].lstrip()
    return [*found, left] if left else found


def size(text: str) -> int:
    """How long Discord may find it at most."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, str]] = []  # tags, and where the links among them lead
        self._parts: list[list[str]] = [[]]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append((tag, dict(attrs).get("href") or ""))
        self._parts.append([])

    def handle_endtag(self, tag: str) -> None:
        if any(tag == each for each, _ in self._open):
            while self._close() != tag:
                pass

    def handle_data(self, data: str) -> None:
        within_code = any(tag in ("code", "pre") for tag, _ in self._open)
        self._parts[-1].append(_TURNS.sub("", data) if within_code else plain(data))

    def whole(self) -> str:
        while self._open:
            self._close()
        return "".join(self._parts[0])

    def _close(self) -> str:
        tag, href = self._open.pop()
        text = "".join(self._parts.pop())
        within_code = any(each in ("code", "pre") for each, _ in self._open)
        self._parts[-1].append(text if within_code else _dressed(tag, href, text))
        return tag


def _dressed(tag: str, href: str, text: str) -> str:
    match tag:
        case "b":
            return _around(text, "**")
        case "i":
            return _around(text, "*")
        case "code":
            return f"`{_unticked(' '.join(text.split()))}`" if text.strip() else ""
        case "pre":
            return f"```\n{_unticked(text.strip())}\n```" if text.strip() else ""
        case "a" if _leads_somewhere(href) and text.strip():
            address = quote(href, safe=_IN_ADDRESSES)
            return f"<{address}>" if text == plain(href) else f"[{text}](<{address}>)"
    return text


def _around(text: str, mark: str) -> str:
    """The mark around the words, and not around the gaps beside them."""
    words = text.strip()
    if not words:
        return text
    before, _, after = text.partition(words)
    return f"{before}{mark}{words}{mark}{after}"


def _unticked(code: str) -> str:
    return code.replace("`", "\N{MODIFIER LETTER GRAVE ACCENT}")


def _leads_somewhere(href: str) -> bool:
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _cut(text: str, longest: int) -> int:
    """Where the first message ends."""
    fits = longest
    while size(text[:fits]) > longest:
        fits -= (size(text[:fits]) - longest + 1) // 2
    for gap in ("\n\n", "\n", " "):
        at = text.rfind(gap, fits // 4, fits)
        if at > 0:
            return at
    slashes = len(text[:fits]) - len(text[:fits].rstrip("\\"))
    return max(fits - slashes % 2, 1)  # a backslash stays with its sign

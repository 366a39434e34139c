"""The ways in as a picture: horizontal bars in an SVG that needs nothing else."""

import html
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bots.web.darkness.report import Darkness, Source

WIDTH, LEFT, RIGHT = 860, 150, 190
ROW, BAR, TOP, FOOT = 36, 22, 92, 56
MOST_APPS = 8
MOST_NAMES = 3

REMARK = (
    "Dark: a page inside the site, with no source. Private sharing is in it, and bookmarks, pages opened again and",
    "browsers that hide the source. Machines are left out where they can be told. A log shows page views, not people.",
)

# Told apart by anybody, also in grey: each part of a bar is much lighter or darker than the next.
INK, FAINT, QUIET, DARK, IN_APP, PAPER = "#1a1a1a", "#595959", "#8fb8de", "#0b3c6f", "#e69f00", "#ffffff"


class Row(NamedTuple):
    """A bar: its label, how many it stands for, what is written beside it, and its colour."""

    label: str
    stands_for: int
    beside: str
    colour: str
    inner: bool = False  # a part of the row above it


def picture(found: Darkness) -> str:
    """The picture, as the text of an SVG file."""
    rows = list(_rows(found.sources))
    height = TOP + ROW * len(rows) + FOOT
    most = max((row.stands_for for row in rows), default=0) or 1
    title = f"Where {found.arrivals:,} arrivals came from"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        ' role="img" aria-labelledby="title desc" font-family="system-ui, \'DejaVu Sans\', sans-serif">'
    )
    parts = [
        head,
        f'<title id="title">{_clean(title)}</title>',
        f'<desc id="desc">{_clean(_described(found, rows))}</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
        _text(24, 38, title, size=22, weight=600),
        _text(24, 64, _subtitle(found), size=14, fill=FAINT),
        *(_bar(row, TOP + ROW * number, most) for number, row in enumerate(rows)),
        f'<path d="M{LEFT} {TOP - 8}V{TOP + ROW * len(rows)}" stroke="{FAINT}"/>',
        *(_text(24, height - 28 + 16 * number, line, 12, FAINT) for number, line in enumerate(REMARK)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _rows(sources: Mapping[str, Source]) -> Iterator[Row]:
    for name, source in sources.items():
        dark = name == "dark"
        beside = f"{source.count:,} ({source.share:.1%})"
        yield Row(name, source.count, beside, DARK if dark else QUIET)
        if dark:
            yield from _apps(source)


def _apps(dark: Source) -> Iterator[Row]:
    """The part of dark that names its app."""
    apps = list(dark.in_app.items())
    for app, count in apps[:MOST_APPS]:
        yield Row(
            "in an app" if app == "unnamed" else f"in {app.replace('_', ' ')}",
            count,
            _of_dark(count, dark),
            IN_APP,
            inner=True,
        )
    if rest := sum(count for _, count in apps[MOST_APPS:]):
        yield Row("in other apps", rest, _of_dark(rest, dark), IN_APP, inner=True)


def _of_dark(count: int, dark: Source) -> str:
    return f"{count:,} ({count / dark.count:.1%} of dark)"


def _bar(row: Row, top: int, most: int) -> str:
    width = max((WIDTH - LEFT - RIGHT) * row.stands_for / most, 2 if row.stands_for else 0)
    thick = BAR - 6 if row.inner else BAR
    middle = top + BAR / 2
    size = 13 if row.inner else 15
    return "\n".join(
        [
            _text(LEFT - 12, middle + 5, row.label, size=size, anchor="end"),
            f'<rect x="{LEFT}" y="{middle - thick / 2:g}" width="{width:.1f}" height="{thick}" fill="{row.colour}"/>',
            _text(LEFT + width + 8, middle + 5, row.beside, size=size),
        ]
    )


def _text(
    x: float, y: float, text: str, size: int = 15, fill: str = INK, weight: int = 400, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:g}" font-size="{size}" font-weight="{weight}" fill="{fill}" text-anchor="{anchor}">'
        f"{_clean(text)}</text>"
    )


def _subtitle(found: Darkness) -> str:
    site = ", ".join(found.sites[:MOST_NAMES]) or "a site whose name is not known"
    text = f"{site}: page views of people; {found.inside:,} more were inside the site"
    return text if len(text) <= 110 else text[:109] + "…"


def _described(found: Darkness, rows: list[Row]) -> str:
    bars = "; ".join(f"{row.label}: {row.beside}" for row in rows)
    return f"Horizontal bars, one for each way in. {_subtitle(found)}. {bars}."


def _clean(text: str) -> str:
    """The text as it may stand in XML."""
    return html.escape("".join(char if char.isprintable() else " " for char in text))

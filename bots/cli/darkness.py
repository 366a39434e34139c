"""`sayso darkness`: how much of a site's traffic is dark social, from its web server's log."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
from rich.console import Console
from rich.progress import Progress

from bots.cli import showing
from bots.web.darkness import ASIDE, MALFORMED, SOURCES, UNKNOWABLE, Darkness, Source, read, site_name
from bots.web.darkness.picture import picture

LINE_EVERY = 10.0
"""Seconds between two lines of progress where nobody looks at a terminal."""

KNOWN_BY = {
    None: "not known",
    "option": "as said",
    "log": "named in the log",
    "referrers": "guessed from the log's referrers; --site HOST if it is another",
    "log and referrers": "from the log's hosts and referrers; --site HOST if it is another",
}


def _site(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    names = [site_name(value) for value in values]
    for value, name in zip(values, names, strict=True):
        if name is None:
            raise click.BadParameter(f"{value!r} is no host name")
    return tuple(name for name in names if name)


@click.command
@click.argument("access_log", metavar="ACCESS_LOG", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--site", "sites", multiple=True, metavar="HOST", callback=_site, help="The site's own host; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--plot", metavar="FILE.svg", type=click.Path(path_type=Path), help="Draw a picture, too.")
def darkness(access_log: Path, sites: tuple[str, ...], as_json: bool, plot: Path | None) -> None:
    """Show how much of a site's traffic is dark social, from its log.

    Reads web server logs in the combined or common format, or as JSON lines of nginx, Caddy or Traefik; plain or gzip;
    "-" is stdin. Machines are set aside; what is left came from search, feeds, messengers, other sites or campaigns,
    or nothing says from where: direct to the front page, or dark. Keeps and prints no visitor's address.
    """
    if plot:
        _see_to(plot, access_log)
    found = _read(access_log, sites)
    if plot:
        plot.write_text(picture(found), encoding="utf-8")
    if as_json:
        showing.as_json(found.as_json())
    elif showing.on_terminal():
        showing.show(*_tables(found), *_remarks(found))
    else:
        click.echo("\n".join([*_lines(found), *_remarks(found)]))


def _see_to(plot: Path, log: Path) -> None:
    """Find out now, not after gigabytes, that the picture cannot be written there."""
    if not plot.parent.is_dir():
        raise click.BadParameter(f"there is no folder {str(plot.parent)!r}", param_hint="'--plot'")
    if plot.is_dir() or (plot.exists() and log.exists() and plot.samefile(log)):
        raise click.BadParameter(f"{str(plot)!r} is something else already", param_hint="'--plot'")


def _read(log: Path, sites: tuple[str, ...]) -> Darkness:
    if str(log) == "-":
        with _progress(None) as progress:
            return read(sys.stdin.buffer, "stdin", sites=sites, progress=progress)
    with log.open("rb", buffering=0) as raw, _progress(_size(raw)) as progress:
        return read(raw, str(log), sites=sites, progress=progress)


def _size(raw: IO[bytes]) -> int | None:
    """How many bytes it has; a pipe does not say."""
    return raw.seek(0, 2) - raw.seek(0) if raw.seekable() else None


def _lines(found: Darkness) -> Iterator[str]:
    yield showing.clean(f"{found.log}: {found.lines:,} lines; site: {_named(found)}")
    yield f"arrivals: {found.arrivals:,}"
    for name, source in found.sources.items():
        yield f"  {name}: {_figures(source)}: {SOURCES[name]}"
        yield from (f"    {line}" for line in _details(source))
    yield f"inside: {found.inside:,} page views came from the site's own pages, which are no arrivals"
    yield f"set aside: {sum(found.set_aside.values()):,}"
    yield from (f"  {reason}: {count:,}: {ASIDE[reason]}" for reason, count in found.set_aside.items())
    if found.previews:
        yield f"previews of pages, by app: {_list(found.previews)}"
    yield from _malformed(found)


def _tables(found: Darkness) -> Iterator[object]:
    """The figures for a terminal."""
    rows: list[tuple[str, str, str]] = []
    for name, source in found.sources.items():
        rows.append((name, _figures(source), SOURCES[name]))
        rows.extend(("", "", line) for line in _details(source))
    rows.append(("inside", f"{found.inside:,}", "came from the site's own pages: no arrivals"))
    title = showing.clean(f"{found.arrivals:,} arrivals in {found.lines:,} lines of {found.log}; site: {_named(found)}")
    yield showing.table(title, ("from", "page views", "what it means"), rows)
    aside = [(reason, f"{count:,}", ASIDE[reason]) for reason, count in found.set_aside.items()]
    if aside:
        yield showing.table(
            f"{sum(found.set_aside.values()):,} lines set aside", ("what", "lines", "what it means"), aside
        )
    if found.previews:
        yield f"Previews of pages, by app: {_list(found.previews)}"
    yield from _malformed(found)


def _malformed(found: Darkness) -> Iterator[str]:
    total = sum(each.count for each in found.malformed.values())
    yield f"malformed: {total:,}"
    for reason, each in found.malformed.items():
        yield f"  {reason}: {each.count:,}: {MALFORMED[reason]}; the first is line {each.first_line:,}"


def _remarks(found: Darkness) -> Iterator[str]:
    yield from (f"Note: {note}" for note in found.notes)
    yield UNKNOWABLE


def _named(found: Darkness) -> str:
    return f"{', '.join(found.sites)} ({KNOWN_BY[found.sites_from]})" if found.sites else KNOWN_BY[None]


def _figures(source: Source) -> str:
    return f"{source.count:,} ({source.share:.1%})"


def _details(source: Source) -> Iterator[str]:
    if source.names:
        yield _list(source.names)
    if source.in_app:
        inside = sum(source.in_app.values())
        yield f"in an app's own browser {inside:,} ({inside / source.count:.1%}): {_list(source.in_app)}"


def _list(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


@contextmanager
def _progress(size: int | None) -> Iterator[Callable[[int, int], None]]:
    """Shows how far it is, on stderr: a bar on a terminal, else a line now and then."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _say_now_and_then(size)
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("reading", total=size)

        def say(done: int, lines: int) -> None:
            bar.update(task, completed=done, description=f"{lines:,} lines")

        yield say


def _say_now_and_then(size: int | None) -> Callable[[int, int], None]:
    said_at = time.monotonic()

    def say(done: int, lines: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= LINE_EVERY:
            said_at = time.monotonic()
            share = f" ({done / size:.0%} of the file)" if size else ""
            click.echo(f"sayso darkness: {lines:,} lines{share}", err=True)

    return say

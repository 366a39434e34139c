"""How much of a site's traffic is dark social, from its web server's log.

Only counts are kept: no address, no line, no page. What makes them unsure is said with them.
"""

from collections.abc import Callable, Collection

from bots.web.darkness.hosts import site_name
from bots.web.darkness.lines import Lines
from bots.web.darkness.report import MALFORMED, UNKNOWABLE, Darkness, Source, sources
from bots.web.darkness.stream import NotALogError, Readable, Stream
from bots.web.darkness.sums import ASIDE, SOURCES, Arrivals, Sums

__all__ = ["ASIDE", "MALFORMED", "SOURCES", "UNKNOWABLE", "Darkness", "NotALogError", "Source", "read", "site_name"]

ENOUGH = 100_000
"""Lines without one that can be read, after which this is no log."""

MOST_KINDS = 50_000
OFTEN = 0.05
"""The share of lines that must name a host before it is taken for the site's own."""

Progress = Callable[[int, int], None]


def read(raw: Readable, name: str, *, sites: Collection[str] = (), progress: Progress = lambda *_: None) -> Darkness:
    """What the log says. `sites` are its own hosts, guessed if there are none. Raises NotALogError.

    `progress` is told now and then how many bytes and lines were read.
    """
    stream = Stream(raw, name)
    lines = Lines()
    sums = Sums(lines)
    for batch in stream:
        lines.take(batch)
        if len(lines.tally) > MOST_KINDS:
            sums.add()
        if lines.taken > ENOUGH:
            _refuse_what_is_no_log(lines, stream, name)
        progress(stream.done, lines.taken)
    _refuse_what_is_no_log(lines, stream, name)
    sums.add()
    own, how = _sites(sites, lines, sums)
    arrivals = Arrivals(sums, lines, own)
    return Darkness(
        log=name,
        lines=lines.taken,
        complete=stream.trouble is None,
        sites=tuple(own),
        sites_from=how,
        malformed=lines.malformed,
        set_aside={reason: sums.aside[reason] for reason in ASIDE if sums.aside[reason]},
        previews=dict(sums.previews.most_common()),
        inside=arrivals.own,
        sources=sources(arrivals.sources),
        notes=tuple(_notes(stream, sums, arrivals, own)),
    )


def _refuse_what_is_no_log(lines: Lines, stream: Stream, name: str) -> None:
    if sum(each.count for each in lines.malformed.values()) < lines.taken:
        return
    if not lines.taken:
        said = f" ({stream.trouble})" if stream.trouble else ""
        raise NotALogError(f"{name} is empty{said}", fix="give a web server's access log")
    reason, _ = max(lines.malformed.items(), key=lambda each: each[1].count)
    problem = f"{name} is no access log: of {lines.taken:,} lines none can be read (most: {MALFORMED[reason]})"
    raise NotALogError(problem, fix="give one in the combined, common or JSON format")


def _sites(given: Collection[str], lines: Lines, sums: Sums) -> tuple[list[str], str | None]:
    """The site's own hosts, and how they are known."""
    if given:
        return list(given), "option"
    enough = OFTEN * lines.sites.total()
    logged = [host for host, count in lines.sites.most_common() if count >= enough]
    guess = lines.hosts.guess(sums.hosts)
    if guess is None or guess in logged:
        return logged, "log" if logged else None
    return [*logged, guess], "log and referrers" if logged else "referrers"


def _notes(stream: Stream, sums: Sums, arrivals: Arrivals, own: list[str]) -> list[str]:
    notes = []
    if stream.trouble:
        notes.append(f"{stream.trouble[0].upper()}{stream.trouble[1:]}.")
    if not own:
        notes.append(
            "The site's own host could not be guessed: name it with --site HOST. Till then, moving about in the site"
            " counts as coming from other sites."
        )
    if arrivals.sources["dark"].total() and not arrivals.own:
        notes.append(
            "No page view came from the site's own pages: it may forbid referrers (Referrer-Policy), or its log does"
            " not keep them. Then dark is far too high here."
        )
    if sums.aside["unlogged"]:
        notes.append(
            "Lines without referrer and user agent tell nothing of where people came from; log in the combined format."
        )
    return notes

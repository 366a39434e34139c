"""What was found in a log, for people and for scripts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.web.darkness.lines import Malformed

MALFORMED = {
    "blank": "empty lines",
    "too_long": "longer than 64 KiB",
    "no_request": "no request to be found",
    "no_status": "no status after the request",
    "cut_off": "ends in the middle",
    "bad_json": "begins like JSON and is none",
}
"""Why a line could not be read."""

UNKNOWABLE = (
    "What cannot be known: dark is where private sharing is, and not all of it is private sharing. Links in messengers,"
    " mails, documents and copied addresses come without a source; so do bookmarks, pages opened again, browsers that"
    " hide the source, and machines that pose as browsers. An app's own browser names the app, not whether it was a"
    " message or the feed. A log shows page views, not people."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One way in. `names` says which engine, feed, messenger or campaign mark; `in_app` whose own browser it was."""

    count: int
    share: float
    names: Mapping[str, int] = field(default_factory=dict)
    in_app: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Darkness:
    """What was found. `lines` = malformed + set aside + inside + arrivals.

    `as_json` gives these keys, which stay:

    - `log`: the file's name; `lines`: how many it has; `complete`: whether it could be read to its end.
    - `sites`: the site's own hosts; `sites_from`: "option", "log", "referrers", "log and referrers", or null.
    - `malformed`: `count`, and `reasons`: for each its `count` and `first_line`.
    - `set_aside`: `count`, and `reasons`: how many lines for each (machine, preview, image_proxy, client, empty, head,
      method, error, redirect, fragment, resource, unlogged).
    - `previews`: for each app, how often it fetched a page's preview card; part of set_aside's preview.
    - `page_views`: of people; `inside`: those that came from the site's own pages; `arrivals`: the others.
    - `sources`: for each of search, social, messages, sites, campaigns, direct and dark its `count` and its `share` of
      the arrivals (0 to 1); for the first three and campaigns `names`; for direct and dark `in_app`, by app ("unnamed":
      an app's browser that does not say whose).
    - `notes`: sentences about what makes these figures unsure.
    """

    log: str
    lines: int
    complete: bool
    sites: tuple[str, ...]
    sites_from: str | None
    malformed: Mapping[str, Malformed]
    set_aside: Mapping[str, int]
    previews: Mapping[str, int]
    inside: int
    sources: Mapping[str, Source]
    notes: tuple[str, ...]

    @property
    def arrivals(self) -> int:
        """Page views of people who came from elsewhere."""
        return sum(source.count for source in self.sources.values())

    def as_json(self) -> dict[str, Any]:
        """The figures under the keys that are listed above."""
        return {
            "log": self.log,
            "lines": self.lines,
            "complete": self.complete,
            "sites": list(self.sites),
            "sites_from": self.sites_from,
            "malformed": {
                "count": sum(each.count for each in self.malformed.values()),
                "reasons": {
                    reason: {"count": each.count, "first_line": each.first_line}
                    for reason, each in self.malformed.items()
                },
            },
            "set_aside": {"count": sum(self.set_aside.values()), "reasons": dict(self.set_aside)},
            "previews": dict(self.previews),
            "page_views": self.inside + self.arrivals,
            "inside": self.inside,
            "arrivals": self.arrivals,
            "sources": {name: _source(name, source) for name, source in self.sources.items()},
            "notes": list(self.notes),
        }


def sources(found: Mapping[str, Counter[str]]) -> dict[str, Source]:
    """The sources with their shares, each name list from most to least."""
    total = sum(each.total() for each in found.values())
    return {name: _made(name, counts, total) for name, counts in found.items()}


def _made(source: str, counts: Counter[str], total: int) -> Source:
    count = counts.total()
    named = {name: each for name, each in counts.most_common() if name}
    share = count / total if total else 0.0
    if source in ("direct", "dark"):
        return Source(count=count, share=share, in_app=named)
    return Source(count=count, share=share, names=named)


def _source(name: str, source: Source) -> dict[str, Any]:
    made: dict[str, Any] = {"count": source.count, "share": round(source.share, 4)}
    if name in ("direct", "dark"):
        made["in_app"] = dict(source.in_app)
    elif name != "sites":
        made["names"] = dict(source.names)
    return made

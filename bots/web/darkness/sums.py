"""What the lines of a log come to: set aside, or page views of people, by what is known of where they came from."""

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from bots.web.darkness.asked import Asked, What
from bots.web.darkness.hosts import NOWHERE
from bots.web.darkness.lines import ERROR, FRAGMENT, PAGE, REDIRECT, Lines
from bots.web.visitors import Agent, Kind, Origin

ASIDE = {
    "machine": "crawlers, scanners, libraries, feed readers",
    "preview": "apps fetching a link's preview card: somebody shared it, nobody came yet",
    "image_proxy": "mail programs and apps fetching a picture",
    "client": "an app's own network code, which shows nobody a page",
    "empty": "no user agent",
    "head": "HEAD requests, which only ask whether a page is there",
    "method": "POST, OPTIONS and other requests that send something",
    "error": "errors",
    "redirect": "redirects; the page they led to counts",
    "fragment": "pieces of files and empty answers",
    "resource": "styles, scripts, images, fonts, downloads, feeds",
    "unlogged": "page views in lines without a referrer and a user agent, so that nothing can be said of them",
}
"""Why a line is no page view of a person, in the order in which these are tried."""

SOURCES = {
    "search": "came from a search engine",
    "social": "came from a public feed or forum",
    "messages": "came from a messenger, mail program or app that names itself as the source",
    "sites": "came from another site",
    "campaigns": "the address bears a campaign's mark (utm_*, gclid ...) or fbclid, which Facebook puts on any link",
    "direct": "the front page, with no source: typed, bookmarked, or from an app that tells nothing",
    "dark": "a page inside the site, with no source: nobody types such an address",
}
"""Where an arrival came from. Every arrival is in one of these; a campaign's mark goes before the referrer."""

_ANSWERED = {ERROR: "error", REDIRECT: "redirect", FRAGMENT: "fragment"}
_BY_ORIGIN = {Origin.SEARCH: "search", Origin.SOCIAL: "social", Origin.APP: "messages"}
_ASKED = {What.HEAD: "head", What.METHOD: "method"}


class View(NamedTuple):
    """A page view of a person. `app` is whose own browser it was, if it was one: "" where it does not say."""

    host: int
    tag: str | None
    deep: bool
    app: str | None


class Sums:
    """The counts, added up. What is added is taken out of the lines' tally, which so stays small."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.aside: Counter[str] = Counter()
        self.previews: Counter[str] = Counter()
        self.views: Counter[View] = Counter()
        self.hosts: Counter[int] = Counter()
        """How many lines name this host as the source, whatever the lines are."""

    def add(self) -> None:
        """Add what the lines have counted since the last time."""
        lines = self._lines
        for (agent_no, asked_no, answer, host), count in lines.tally.items():
            self.hosts[host] += count
            agent, asked = lines.agents[agent_no], lines.asked[asked_no]
            if reason := aside(agent, asked, answer):
                self.aside[reason] += count
                if reason == Kind.PREVIEW and agent and asked.is_page and answer == PAGE:
                    self.previews[agent.app or "other"] += count
            else:
                app = (agent.app or "") if agent and agent.kind is Kind.IN_APP else None
                self.views[View(host, asked.tag, asked.what is What.DEEP, app)] += count
        lines.tally.clear()


def aside(agent: Agent | None, asked: Asked, answer: int) -> str | None:
    """Why it is no page view of a person, or None if it is one. No `agent`: the line does not name any."""
    if agent and not agent.person:
        return agent.kind.value
    if why := _ASKED.get(asked.what) or _ANSWERED.get(answer):
        return why
    if asked.what is What.RESOURCE:
        return "resource"
    return None if agent else "unlogged"


class Arrivals:
    """Where people came from, once it is known which hosts are the site's own."""

    def __init__(self, sums: Sums, lines: Lines, sites: Collection[str]) -> None:
        self.own = 0
        """Page views that came from the site's own pages, which are no arrivals."""
        self.sources: dict[str, Counter[str]] = {source: Counter() for source in SOURCES}
        """For each source, by name: which engine, feed, messenger, mark, or app's browser; "" where there is none."""
        for view, count in sums.views.items():
            host = lines.hosts[view.host]
            if view.host != NOWHERE and host.is_one_of(sites):
                self.own += count
            elif view.tag:
                self.sources["campaigns"][view.tag] += count
            elif view.host == NOWHERE:
                self.sources["dark" if view.deep else "direct"][_in_app(view.app)] += count
            else:
                source = _BY_ORIGIN.get(host.origin, "sites")
                self.sources[source][(host.source or "other") if source != "sites" else ""] += count

    @property
    def total(self) -> int:
        """All arrivals."""
        return sum(each.total() for each in self.sources.values())


def _in_app(app: str | None) -> str:
    return "" if app is None else app or "unnamed"

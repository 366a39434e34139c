"""Where a visitor came from, by the referrer."""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache

from bots.web.visitors import hosts
from bots.web.visitors.apps import APPS
from bots.web.visitors.facts import App
from bots.web.visitors.kinds import Origin, Source

LONGEST_HOST = 253

_NONE, _OTHER = Source(Origin.NONE), Source(Origin.OTHER)
_parts = re.compile(r"\s*([a-z][a-z0-9+.-]*)://(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]*)", re.IGNORECASE).match
_country = re.compile(r"(.+?)\.(?:com?\.)?[a-z]{2,3}", re.DOTALL).fullmatch

Found = tuple[Origin, str, str | None]
"""Origin, name, channel."""

_WEBMAIL: Found = (Origin.APP, "webmail", "email")


def referrer(url: str, own: AbstractSet[str] = frozenset()) -> Source:
    """Where this referrer points to. `own` are the site's own hosts, lower case and without "www."."""
    if url in ("", "-"):
        return _NONE
    found = _parts(url)
    if found is None:
        return _OTHER if url.strip() else _NONE
    host = found[2].lower().rstrip(".").removeprefix("www.")
    if host in own:
        return Source(Origin.OWN, host=host)
    if not host or len(host) > LONGEST_HOST:
        return _OTHER
    return _package(host) if found[1].lower() == "android-app" else _site(host)


@lru_cache(maxsize=4096)
def _site(host: str) -> Source:
    found = _site_of(host)
    return Source(found[0], found[1], host, found[2]) if found else Source(Origin.OTHER, host=host)


def _site_of(host: str) -> Found | None:
    """What the nearest name above it stands for; failing that, what it stands for in any country."""
    known, name = _hosts(), host
    while name:
        if name in known:
            return known[name]
        name = name.partition(".")[2]
    if (country := _country(host)) and country[1] + ".*" in known:
        return known[country[1] + ".*"]
    return _WEBMAIL if host.partition(".")[0] in hosts.WEBMAIL else None


@lru_cache(maxsize=1024)
def _package(package: str) -> Source:
    known, name = _packages(), package
    while name:
        if name in known:
            found = known[name]
            return Source(found[0], found[1], package, found[2])
        name = name.rpartition(".")[0]
    return Source(Origin.APP, host=package)


@cache
def _hosts() -> dict[str, Found]:
    found = _listed(Origin.OTHER, hosts.ASSISTANTS) | _listed(Origin.SEARCH, hosts.SEARCH)
    found |= _listed(Origin.SOCIAL, hosts.SOCIAL)
    for app in APPS:
        found |= _listed(_origin(app), {app.name: app.hosts}, app.channel)
    return found


@cache
def _packages() -> dict[str, Found]:
    found = _listed(Origin.SOCIAL, hosts.SOCIAL_PACKAGES)
    for app in APPS:
        found |= _listed(_origin(app), {app.name: app.packages}, app.channel)
    return found | _listed(Origin.SEARCH, hosts.SEARCH_PACKAGES)


def _origin(app: App) -> Origin:
    return Origin.SOCIAL if app.public else Origin.APP


def _listed(origin: Origin, names: Mapping[str, Iterable[str]], channel: str | None = None) -> dict[str, Found]:
    """By host or package. What is shared has a channel: the app's own name unless `channel` says otherwise."""
    shared = origin in (Origin.APP, Origin.SOCIAL)
    return {
        place: (origin, name, (channel or name) if shared else None)
        for name, places in names.items()
        for place in places
    }

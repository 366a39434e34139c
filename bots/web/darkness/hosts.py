"""Where visitors say they came from, and which of these places is the site itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bots.web.darkness.caches import Numbered
from bots.web.visitors import Origin, referrer

NOWHERE = 0
"""The number of "no referrer"."""

MOST = 20_000
"""Hosts that are told apart; any more are only counted by what they are."""

_VERSIONS = (b" HTTP/1.1", b" HTTP/2.0", b"", b" HTTP/1.0", b" HTTP/2", b" HTTP/3.0")


@dataclass(frozen=True, slots=True)
class Host:
    """A place visitors came from. `name` is empty where there are too many to tell apart."""

    name: str
    origin: Origin
    source: str | None = None

    def is_one_of(self, sites: Collection[str]) -> bool:
        """Whether it is one of these sites, or a part of one."""
        return any(self.name == site or self.name.endswith(f".{site}") for site in sites)


class Hosts:
    """The hosts of referrers, with numbers. `requests` are the request lines that were seen of late."""

    def __init__(self, requests: Mapping[bytes, int]) -> None:
        self._requests = requests
        self._hosts = Numbered(Host("", Origin.NONE))
        self._visited: dict[int, int] = {}

    def __getitem__(self, number: int) -> Host:
        return self._hosts[number]

    def judge(self, raw: bytes) -> int:
        """The number of the host of this referrer."""
        source = referrer(raw.decode("utf-8", "replace"))
        if source.origin is Origin.NONE:
            return NOWHERE
        many = len(self._hosts) >= MOST
        number = self._hosts.number(Host("" if many else source.host or "", source.origin, source.name))
        if source.origin is Origin.OTHER and self._was_asked_for(raw):
            self._visited[number] = self._visited.get(number, 0) + 1
        return number

    def guess(self, seen: Mapping[int, int]) -> str | None:
        """The site's own host: of those whose pages were asked for in this log, the one named most (`seen`)."""
        number = max(self._visited, key=lambda each: seen.get(each, 0), default=None)
        return self._hosts[number].name or None if number is not None else None

    def _was_asked_for(self, raw: bytes) -> bool:
        """Whether the page that a referrer names was asked for in this log. A front page says nothing: all have one."""
        path = raw.split(b"/", 3)[3:]
        return bool(path and path[0]) and any(b"GET /" + path[0] + each in self._requests for each in _VERSIONS)


def site_name(address: str) -> str | None:
    """The host of an address or of a plain host name, spelled as hosts are compared; None if there is none."""
    host = referrer(address if "://" in address else f"http://{address}").host
    return host if host and not any(map(str.isspace, host)) else None

"""Log lines, read and counted. Here every microsecond counts: a gigabyte has five million lines."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from bots.web.darkness.asked import NONSENSE, Asked, asked
from bots.web.darkness.caches import Judged, Numbered
from bots.web.darkness.entries import Entry, decoded, entry
from bots.web.darkness.hosts import Hosts
from bots.web.darkness.stream import LONGEST
from bots.web.visitors import Agent, agent

NOT_LOGGED = 0
"""The number of the agent of lines that do not name one."""

PAGE, FRAGMENT, REDIRECT, ERROR = 1, 2, 3, 4
_ANSWERS = {200: PAGE, 203: PAGE, 304: PAGE}
STATUSES = {
    str(status).encode(): _ANSWERS.get(status, (FRAGMENT, FRAGMENT, REDIRECT, ERROR, ERROR)[status // 100 - 1])
    for status in range(100, 600)
}
"""What kind of answer a status is. 304 is a page that the browser still had."""

MOST_SITES = 10_000

_QUOTED = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"([^"]*)', re.DOTALL)

Key = tuple[int, int, int, int]


@dataclass(slots=True)
class Malformed:
    """Lines that could not be read, for one reason."""

    count: int
    first_line: int


class Lines:
    """Reads lines and keeps counts of them: no line, no address, nothing else of anybody's."""

    def __init__(self) -> None:
        self.taken = 0
        self.tally: defaultdict[Key, int] = defaultdict(int)
        """How many lines have this agent, request, kind of answer and referring host, by their numbers."""
        self.agents: Numbered[Agent | None] = Numbered(None)
        self.asked: Numbered[Asked] = Numbered(NONSENSE)
        self.malformed: dict[str, Malformed] = {}
        self.sites: Counter[str] = Counter()
        """The site's own hosts, where lines name them."""
        self._agent = Judged(lambda text: self.agents.number(agent(_text(text))))
        self._request = Judged(self._judge_request)
        self.hosts = Hosts(self._request)
        self._host = Judged(self.hosts.judge)

    def take(self, lines: list[bytes]) -> None:
        """Count these lines."""
        short = lines
        if max(map(len, lines)) > LONGEST:
            short = [line for line in lines if len(line) <= LONGEST]
            for line in lines:
                if len(line) > LONGEST:
                    self._refuse("too_long", lines, line)
        for line in short if short and short[0].startswith(b"{") else self._take_plain(short):
            if reason := self._take_odd(line):
                self._refuse(reason, lines, line)
        self.taken += len(lines)

    def _take_plain(self, lines: list[bytes]) -> list[bytes]:
        """Count lines in the combined format, also with more fields after it; what is not plainly so is given back."""
        odd = []
        tally, statuses = self.tally, STATUSES.get
        agents, requests, hosts = self._agent, self._request, self._host
        for line in lines:
            parts = line.split(b'"')
            if (
                (len(parts) == 7 or (len(parts) > 7 and b"\\" not in line))
                and (status := statuses(parts[2][1:4]))
                and (request := requests[parts[1]])
                and parts[4] == b" "
            ):
                tally[agents[parts[5]], request, status, hosts[parts[3]]] += 1
            else:
                odd.append(line)
        return odd

    def _take_odd(self, line: bytes) -> str | None:
        """Count any other line, or say why it cannot be."""
        if not line.strip():
            return "blank"
        if not line.startswith(b"{"):
            return self._take_quoted(line)
        fields = decoded(line)
        if fields is None:
            return "bad_json"
        if isinstance(inner := fields.get("log"), str):  # as a container's runtime keeps it
            return self._take_odd(inner.strip().encode("utf-8", "replace"))
        found = entry(fields)
        return self._count(found) if found else "no_status"

    def _take_quoted(self, line: bytes) -> str | None:
        quoted, cut = _quoted(line)
        if cut:
            return "cut_off"
        if not quoted:
            return "no_request"
        (request, after), *others = quoted
        names = [text for text, _ in others[:2]] if len(others) > 1 else [None, None]
        return self._count(Entry(request, after[1:4], *names))

    def _count(self, found: Entry) -> str | None:
        status, request = STATUSES.get(found.status), self._request[found.request]
        if not status:
            return "no_status"
        if not request and status != ERROR:  # what the server refused, too, is an error like any other
            return "no_request"
        who = NOT_LOGGED if found.agent is None else self._agent[found.agent]
        self.tally[who, request, status, self._host[found.referrer or b""]] += 1
        if found.host and (found.host in self.sites or len(self.sites) < MOST_SITES):
            self.sites[found.host] += 1
        return None

    def _judge_request(self, text: bytes) -> int:
        found = asked(text)
        return 0 if found == NONSENSE else self.asked.number(found)

    def _refuse(self, reason: str, lines: list[bytes], line: bytes) -> None:
        if reason in self.malformed:
            self.malformed[reason].count += 1
        else:
            self.malformed[reason] = Malformed(1, self.taken + lines.index(line) + 1)


def _quoted(line: bytes) -> tuple[list[tuple[bytes, bytes]], bool]:
    """The texts in quotes, each with what comes after it; and whether the last one has no end."""
    found: list[tuple[bytes, bytes]] = []
    at = line.find(b'"')
    while 0 <= at < len(line):
        match = _QUOTED.match(line, at)
        if match is None:
            return found, True
        found.append((match[1], match[2]))
        at = match.end()
    return found, False


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")

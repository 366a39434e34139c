"""When to stop asking: Discord bans an address that gets 10,000 bad answers in ten minutes (failures.md, L8). Pure.

Discord tells us why it refuses, and the reason seldom goes away by itself: a missing right, a server we were removed
from. So whoever is refused again and again asks less and less often, long before anybody else would mind.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

BAD = frozenset({401, 403, 429})
"""The answers that Discord counts."""

PATIENCE = 3
"""So many refusals in a row are taken for an accident."""

FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=1)

MOST, WITHIN = 1000, timedelta(minutes=10)
"""So many bad answers in that time, whatever was asked, and nothing is asked until they are over."""

Asked: TypeAlias = tuple[str, str, int]
"""What is asked: method, route, and which server or channel it is about."""


@dataclass(slots=True)
class _Row:
    """Refusals in a row."""

    count: int = 0
    rests_until: datetime | None = None


class Refusals:
    """The bad answers of one process."""

    def __init__(self) -> None:
        self._rows: dict[Asked, _Row] = {}
        self._all: deque[datetime] = deque()

    def rest(self, asked: Asked, now: datetime) -> timedelta | None:
        """How long this must not be asked yet; None: it may be."""
        row = self._rows.get(asked)
        until = [row.rests_until] if row is not None and row.rests_until is not None else []
        while self._all and self._all[0] + WITHIN <= now:
            self._all.popleft()
        if len(self._all) >= MOST:
            until.append(self._all[0] + WITHIN)
        wait = max(until, default=now) - now
        return wait if wait > timedelta(0) else None

    def refused(self, asked: Asked, now: datetime) -> None:
        """It was asked, and refused."""
        self._all.append(now)
        row = self._rows.setdefault(asked, _Row())
        row.count += 1
        if row.count >= PATIENCE:
            row.rests_until = now + min(FIRST_REST * 2 ** min(row.count - PATIENCE, 10), LONGEST_REST)

    def answered(self, asked: Asked) -> None:
        """It was asked, and done."""
        self._rows.pop(asked, None)

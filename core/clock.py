"""Time is passed in: every decision can then be replayed, simulated and tested."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Whoever needs the time asks one of these."""

    def now(self) -> datetime:
        """The time now: aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

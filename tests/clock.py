"""A clock for tests."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Stands still until a test moves it."""

    def __init__(self, start: datetime = datetime(2026, 12, 1, 12, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, **by: float) -> None:
        self._now += timedelta(**by)

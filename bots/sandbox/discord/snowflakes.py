"""Discord's ids: the time in the upper bits, and something that makes them differ below."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


class Snowflakes:
    """Ids that rise with their time, and among those of one millisecond in the order of making."""

    def __init__(self) -> None:
        self._made = 0

    def make(self, at: datetime) -> int:
        self._made += 1
        return snowflake(at, self._made)


def snowflake(at: datetime, low: int = 0) -> int:
    """An id of this time; `low` fills the 22 lower bits."""
    return (at - EPOCH) // timedelta(milliseconds=1) << 22 | low % 2**22


def made_at(id_: int) -> datetime:
    """When an id was made."""
    return EPOCH + timedelta(milliseconds=id_ >> 22)

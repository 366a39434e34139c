"""How fast an announcement goes out. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from core.campaign.values import Platform

PER_SECOND: Mapping[Platform, float] = {Platform.TELEGRAM: 30.0, Platform.DISCORD: 1.0}
"""Telegram: what it permits in all (platforms.md, section 4); whoever asks the bot something meanwhile goes first, as
only so much is due as can be sent, and less is fed then. Discord permits more requests, but asks bots not to write
unasked, stops those that open many conversations at once (40003) and names no number: so a person a second."""

AHEAD = timedelta(seconds=3)
"""So much of it stands in the outbox: enough to go on while nobody feeds, and little to take out when it is stopped."""


IN_HAND = timedelta(seconds=0.3)
"""What was due so lately is being sent this moment. What is older is late: then members are answered instead."""


def room(platform: Platform, on_the_way: int) -> int:
    """How many more may be put into the outbox."""
    return max(0, int(PER_SECOND[platform] * AHEAD.total_seconds()) - on_the_way)


def due_times(platform: Platform, on_the_way: int, last: datetime | None, *, now: datetime) -> Iterator[datetime]:
    """When each of those put into the outbox now is due: at the pace, after the `last` before them.

    If those on the way are late because members were answered meanwhile, these come later, so that no backlog grows.
    """
    pace = PER_SECOND[platform]
    late = now + timedelta(seconds=on_the_way / pace) - IN_HAND
    due = max(now, late)
    if last is not None and last <= now + AHEAD:  # else the clock was put back
        due = max(due, last + timedelta(seconds=1 / pace))
    while True:
        yield due
        due += timedelta(seconds=1 / pace)

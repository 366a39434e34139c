"""Where a campaign is in its life."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.campaign.values import Campaign, State, Window

TO_CONFIRM = timedelta(days=1)
"""For the messengers to be asked who is still there, and for an organizer to look at what is doubtful."""


def ends_at(window: Window, stopped_at: datetime | None) -> datetime | None:
    """When it is over: its end, or earlier if it was stopped; None if it runs until then."""
    if window.ends is None or stopped_at is None:
        return window.ends or stopped_at
    return min(window.ends, stopped_at)


def results_at(campaign: Campaign, ends_at: datetime | None) -> datetime | None:
    """When its standings are final: once whoever came just before the end can have done what is asked."""
    return None if ends_at is None else ends_at + campaign.qualify.stay + campaign.holding.wait + TO_CONFIRM


def is_open(window: Window, stopped_at: datetime | None, *, at: datetime) -> bool:
    """Whether what happened at that time counts, whenever it is heard of."""
    ends = ends_at(window, stopped_at)
    return window.starts <= at and (ends is None or at < ends)


def state(window: Window, *, paused_at: datetime | None, stopped_at: datetime | None, now: datetime) -> State:
    """Its state as of `now`."""
    ends = ends_at(window, stopped_at)
    if ends is not None and now >= ends:
        return State.ENDED
    if now < window.starts:
        return State.SCHEDULED
    return State.RUNNING if paused_at is None else State.PAUSED


def day_of(timezone: str, now: datetime) -> tuple[datetime, datetime]:
    """When the day that it is in that time zone began, and when the next one does; in UTC. It may not have 24 hours."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (today, today + timedelta(days=1)))
    return start, end

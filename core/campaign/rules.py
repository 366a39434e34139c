"""Where a campaign is in its life."""

from datetime import datetime

from core.campaign.values import State, Window


def ends_at(window: Window, stopped_at: datetime | None) -> datetime | None:
    """When it is over: its end, or earlier if it was stopped; None if it runs until then."""
    if window.ends is None or stopped_at is None:
        return window.ends or stopped_at
    return min(window.ends, stopped_at)


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

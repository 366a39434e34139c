"""Announcements: what an organizer writes to everybody in a campaign's audience.

A draft is begun; then the worker puts it into the outbox in small portions, each with the place up to which it has got,
so that a process that dies loses and doubles nothing. Each person gets it once, by whichever account can be written to;
who has said stop gets none. It can be stopped at any time: what still waits in the outbox is taken out.
"""

from core.broadcasts.audience import Audience, count
from core.broadcasts.feeding import feed, is_busy, leave_out, settle
from core.broadcasts.store import (
    Broadcast,
    Progress,
    aim,
    begin,
    brought,
    draft,
    drop,
    get,
    last,
    progress,
    purge,
    stop,
)

__all__ = [
    "Audience",
    "Broadcast",
    "Progress",
    "aim",
    "begin",
    "brought",
    "count",
    "draft",
    "drop",
    "feed",
    "get",
    "is_busy",
    "last",
    "leave_out",
    "progress",
    "purge",
    "settle",
    "stop",
]

"""How many invites to make ahead, and how long each may live. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

CAP = 1000
"""About as many invites as a Discord server can hold."""

LEFT_TO_OTHERS = 150
"""Room for invites that are not ours."""

LEAST, MOST = 5, 100
"""How many wait for visitors, whatever the demand."""

PACE_OF = timedelta(minutes=10)
"""The demand is that of the last ten minutes."""

AHEAD = timedelta(minutes=2)
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(days=1)
USABLE = timedelta(minutes=15)
"""An invite that ends sooner is given to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """`free` wait for visitors; `ours` live, these included; `in_server` are all there are. The rest is the demand."""

    free: int
    ours: int
    in_server: int
    taken_lately: int
    missed_lately: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """Make so many, each to live so long."""

    make: int
    lives: timedelta


def pool_wants(pool: Pool) -> Wants:
    """Enough for the next minutes at the pace of the last ones, and more where somebody found none; never near the cap.

    The more visitors, the shorter an invite lives: those that nobody used in the end make room for others.
    """
    room = max(0, CAP - LEFT_TO_OTHERS - pool.in_server)
    target = min(MOST, max(LEAST, ceil(pool.taken_lately * (AHEAD / PACE_OF)) * 2))
    if pool.missed_lately:
        target = min(MOST, target * 2)
    for_ours = max(0, CAP - LEFT_TO_OTHERS - (pool.in_server - pool.ours))
    fits = LONGEST if pool.taken_lately == 0 else PACE_OF * (for_ours / 2 / pool.taken_lately)
    lives = timedelta(minutes=min(max(fits, SHORTEST), LONGEST) // timedelta(minutes=1))
    return Wants(make=min(max(0, target - pool.free), room), lives=lives)

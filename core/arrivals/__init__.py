"""How people came into servers whose joins name no invitation: see README.md.

In one transaction, call these before `core.intake.take`, and give it the facts that they return: they hold invites and
servers, and `take` holds campaigns.
"""

from core.arrivals.coming import Coming, arrived, expect, not_expected
from core.arrivals.invites import (
    expired,
    invites_gone,
    invites_seen,
    is_shut,
    made,
    opened,
    ours,
    personal,
    pool,
    shut,
    still_good,
    take_invite,
)
from core.arrivals.looking import (
    Due,
    Settled,
    Watched,
    begin_catch_up,
    caught_up,
    due,
    listed,
    next_due,
    search_later,
    search_off,
    searched,
    settle,
    settle_blind,
    watched,
)
from core.arrivals.reading import Candidate, Unattributed, Unsure, unattributed, unsure
from core.arrivals.rules import NEWS_TAKES
from core.arrivals.supply import Pool, Wants, pool_wants
from core.arrivals.values import Hit, Invite, Listing, MadeFor, Shut, Vanity

__all__ = [
    "NEWS_TAKES",
    "Candidate",
    "Coming",
    "Due",
    "Hit",
    "Invite",
    "Listing",
    "MadeFor",
    "Pool",
    "Settled",
    "Shut",
    "Unattributed",
    "Unsure",
    "Vanity",
    "Wants",
    "Watched",
    "arrived",
    "begin_catch_up",
    "caught_up",
    "due",
    "expect",
    "expired",
    "invites_gone",
    "invites_seen",
    "is_shut",
    "listed",
    "made",
    "next_due",
    "not_expected",
    "opened",
    "ours",
    "personal",
    "pool",
    "pool_wants",
    "search_later",
    "search_off",
    "searched",
    "settle",
    "settle_blind",
    "shut",
    "still_good",
    "take_invite",
    "unattributed",
    "unsure",
    "watched",
]

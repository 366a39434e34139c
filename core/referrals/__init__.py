"""Who came through whom: the signs, the claims, and where each referral stands."""

from core.referrals.rules import Case, Judgement, Reason, Status, judge
from core.referrals.store import (
    OpenClaim,
    Referral,
    add_touches,
    claim,
    claims_of,
    count_of_advocate,
    due,
    get_claim,
    keep,
    newest,
    of_advocate,
    of_friends,
    settle_claim,
    touches_of,
    wake,
)

__all__ = [
    "Case",
    "Judgement",
    "OpenClaim",
    "Reason",
    "Referral",
    "Status",
    "add_touches",
    "claim",
    "claims_of",
    "count_of_advocate",
    "due",
    "get_claim",
    "judge",
    "keep",
    "newest",
    "of_advocate",
    "of_friends",
    "settle_claim",
    "touches_of",
    "wake",
]

"""Facts come in; everything they change is decided by pure rules and written in the caller's transaction.

`take` is for what the doors see, `look_again` for what time changes, `claim` and `answer_claim` for what people say,
`converted` for what the brand's shop reports, `decide` and `rule` for what an organizer settles, `appeal` for who asks
for that. `missing` says what keeps a friend from counting. `release` gives what was held, `gift_made` and `handed` say
how far a reward has come, and `keep_limits` lets a campaign's limits hold.
"""

from core.intake.budget_limits import keep_limits
from core.intake.claims import answer_claim, claim
from core.intake.conversions import converted
from core.intake.decisions import decide
from core.intake.deliver import gift_made, handed
from core.intake.lacking import missing
from core.intake.releasing import releasable, release
from core.intake.rulings import appeal, rule
from core.intake.take import look_again, take, turned_up

__all__ = [
    "answer_claim",
    "appeal",
    "claim",
    "converted",
    "decide",
    "gift_made",
    "handed",
    "keep_limits",
    "look_again",
    "missing",
    "releasable",
    "release",
    "rule",
    "take",
    "turned_up",
]

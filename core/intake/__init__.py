"""Facts come in; everything they change is decided by pure rules and written in the caller's transaction.

`take` is for what the doors see, `look_again` for what time changes, `claim` and `answer_claim` for what people say,
`converted` for what the brand's shop reports, `decide` for what an organizer settles.
"""

from core.intake.claims import answer_claim, claim
from core.intake.conversions import converted
from core.intake.decisions import decide
from core.intake.take import look_again, take, turned_up

__all__ = ["answer_claim", "claim", "converted", "decide", "look_again", "take", "turned_up"]

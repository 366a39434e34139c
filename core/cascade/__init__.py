"""The cascade: who brought whom in a campaign, and how fast and through which channels it spreads.

A member hangs below the advocate through whose link they arrived, or, before they have arrived, below the owner of the
link that brought them, once they have a link of their own. Leaving early changes nothing about how a recommendation
travelled; what does is a judgement by which they were no friend (`Reason.names_a_friend`).
"""

from core.cascade.figures import Channel, Spread
from core.cascade.reading import Cascade, Place, children, leaders, of_member, of_members, rank_of, spread

__all__ = [
    "Cascade",
    "Channel",
    "Place",
    "Spread",
    "children",
    "leaders",
    "of_member",
    "of_members",
    "rank_of",
    "spread",
]

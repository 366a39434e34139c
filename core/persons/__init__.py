"""One person with an account on each messenger: said by the person with a code, counted once, undone when they like.

Members stay what they are, and a person groups them: facts, links, signs, memberships, referrals and grants go on being
kept under the member of the account that they came by, and so are the places in the cascade. What counts for a person
(standings, milestones, who may not recommend to themselves, that a friend counts once) goes by `member.merged_into`; so
undoing it is to look again without.
"""

from core.persons.codes import CODE_LIFE, TRIES, Offer, is_code, new_offer, offered, plain, purge, shown
from core.persons.linking import Linked, Looked, Refusal, link, look_up, others, unlink

__all__ = [
    "CODE_LIFE",
    "TRIES",
    "Linked",
    "Looked",
    "Offer",
    "Refusal",
    "is_code",
    "link",
    "look_up",
    "new_offer",
    "offered",
    "others",
    "plain",
    "purge",
    "shown",
    "unlink",
]

"""What a campaign file may say already, and this version of Sayso does not do yet."""

from collections.abc import Iterator

from campaigns.context import Loc
from campaigns.tree import Node

NOT_ACTIVE = (
    "codes",
    "rewards.*.top",
    "rewards.*.draw",
    "rewards.*.give.promo_code",
    "rewards.*.give.telegram_invite",
    "rewards.*.give.webhook",
    "rewards.*.give.by_hand",
    "limits",
    "posts",
    "schedule.*.do=digest",
    "listen",
    "fraud",
    "privacy.keep_facts",
)
"""Keys by their path (`*` is any item), or one value of a key. Take a line out when Sayso has learnt to do it."""


def not_active(tree: Node) -> Iterator[tuple[Loc, str]]:
    """The keys in the file that nothing comes of yet, and what to call each."""
    for pattern in NOT_ACTIVE:
        path, _, only = pattern.partition("=")
        for loc in tree.matches(path.split(".")):
            if not only or tree.at(loc) == only:
                yield loc, pattern.replace(".*", "").replace("=", ": ")

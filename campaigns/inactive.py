"""What a campaign file may say already, and this version of Sayso does not do yet."""

from collections.abc import Iterator

from campaigns.context import Loc
from campaigns.tree import Node

NOT_ACTIVE = (
    "rewards.*.draw",
    "listen",
    "fraud",
    "privacy.keep_facts",
)
"""Keys by their path (`*` is any item), or one value of a key. Take a line out when Sayso has learnt to do it."""


SO_FAR = {"rewards.*.draw": "tickets are collected, and their list is frozen with the results, but nobody draws"}
"""What comes of some of them nevertheless."""


def not_active(tree: Node) -> Iterator[tuple[Loc, str, str]]:
    """The keys in the file that are not done yet, what to call each, and what comes of it."""
    for pattern in NOT_ACTIVE:
        path, _, only = pattern.partition("=")
        for loc in tree.matches(path.split(".")):
            if not only or tree.at(loc) == only:
                yield loc, pattern.replace(".*", "").replace("=", ": "), SO_FAR.get(pattern, "nothing comes of it")

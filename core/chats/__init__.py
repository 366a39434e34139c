"""The chats where friends arrive, under whichever number the platform gives them, and who is in them."""

from core.chats.memberships import keep_memberships, memberships_between, memberships_of
from core.chats.places import (
    Chat,
    at_addresses,
    communities_of,
    describe,
    ensure,
    move,
    named_by,
    set_communities,
)
from core.chats.rules import Membership, Sight, observe

__all__ = [
    "Chat",
    "Membership",
    "Sight",
    "at_addresses",
    "communities_of",
    "describe",
    "ensure",
    "keep_memberships",
    "memberships_between",
    "memberships_of",
    "move",
    "named_by",
    "observe",
    "set_communities",
]

"""Who has how many tickets in which draw. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.campaign.values import Campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A draw: how many win, and under which versions of the rules a friend is a ticket in it."""

    reward: str
    winners: int
    versions: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A ticket. `member`: whose it is, a person by the first of their members; `friend`: for whom."""

    number: int
    member: int
    friend: int


def promises(versions: Sequence[tuple[int, Campaign]]) -> list[Promise]:
    """Every draw that any version of the campaign promised, as the newest of them has it."""
    found: dict[str, Promise] = {}
    for number, campaign in versions:
        for reward in campaign.rewards:
            if reward.draw is not None:
                before = found[reward.id].versions if reward.id in found else frozenset()
                found[reward.id] = Promise(reward=reward.id, winners=reward.draw, versions=before | {number})
    return list(found.values())


def tickets(friends: Iterable[tuple[int, int]], *, first: int) -> list[Entry]:
    """A ticket for each counting friend, given with the person who brought them, in the order of the friends' numbers.

    Tickets are numbered from `first` on, without gaps.
    """
    return [
        Entry(number=number, member=member, friend=friend) for number, (friend, member) in enumerate(friends, first)
    ]


class Digest:
    """SHA-256 over the list of a draw's entries, however many pieces it is read in.

    A line for each: the ticket's number, the member's and the friend's, with a space between, ended by a line feed.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, entries: Iterable[Entry]) -> None:
        self._hash.update("".join(f"{each.number} {each.member} {each.friend}\n" for each in entries).encode("ascii"))

    def told(self) -> str:
        """In hexadecimal, as far as it has got."""
        return self._hash.hexdigest()

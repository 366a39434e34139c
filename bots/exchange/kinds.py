"""The kinds of things that go out through a door, and when one of them may go."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, TypeAlias, TypeVar

from core.database import Tx
from core.outbox import Claimed

M = TypeVar("M")

After: TypeAlias = Callable[[Tx], Awaitable[object]]
"""What is written in the transaction in which the row is marked as done."""


class Turn(Enum):
    """When a row may go."""

    IN_CHAT = auto()  # a message: after the ones before it in its chat, and within every limit
    IN_ALL = auto()  # a call that lands in no chat: within the limit in all
    AT_ONCE = auto()


@dataclass(frozen=True, slots=True)
class Kind(Generic[M]):
    """How a row is handed over. `hand_over` gets the door's means and the row, and raises `bots.exchange.errors`.

    `only_newest`: of several for one address nobody wants the earlier ones any more. `for_many`: the same for very many
    people, none of whom waits for it; where the limit in all holds back, everything else goes first.
    """

    hand_over: Callable[[M, Claimed], Awaitable[After | None]]
    turn: Turn = Turn.IN_CHAT
    only_newest: bool = False
    for_many: bool = False

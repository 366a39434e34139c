"""What may still be given. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a campaign may limit."""

    REWARDS = "rewards"
    POINTS = "points"


@dataclass(slots=True, kw_only=True)
class Budget:
    """How much was given of how much, None for any number; `waiting`: grants that are held until there is room.

    `by` is what a batch has changed. `told`: organizers know that there is nothing left.
    """

    most: int | None
    spent: int
    waiting: int
    told: bool
    by: int = 0

    def has_room(self, n: int, *, in_line: bool) -> bool:
        """Whether so much may be given now. Nobody passes those who wait, but for those who wait in some line too."""
        if self.most is None:
            return True
        return (in_line or not self.waiting) and self.spent + self.by + n <= self.most

    @property
    def is_spent(self) -> bool:
        return self.most is not None and self.spent + self.by >= self.most

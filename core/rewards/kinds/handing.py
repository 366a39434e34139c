"""What giving a reward comes to."""

from dataclasses import dataclass

from core.campaign.values import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """How one reward is handed over: points in our own ledger, a text that a door must bring, and a role in a server,
    by the platform's number.

    A reward that no door has to bring is delivered as soon as it is granted.
    """

    points: int = 0
    text: Text | None = None
    role: int | None = None

    @property
    def is_brought(self) -> bool:
        """Whether a door has to bring it."""
        return self.text is not None or self.role is not None

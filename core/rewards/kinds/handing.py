"""What giving a reward comes to."""

from dataclasses import dataclass

from core.campaign.values import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """How one reward is handed over: points in our own ledger, and a text that a door must bring.

    A reward without a text is delivered as soon as it is granted.
    """

    points: int = 0
    text: Text | None = None

"""Who consented, and why they could not come in all the same."""

from dataclasses import dataclass, field
from enum import StrEnum

from core.members import Person


class Refusal(StrEnum):
    """Why somebody was not let in, as far as it matters to them."""

    STALE = "stale"  # the consent is not good any more: asking again helps
    AWAY = "away"  # the platform cannot be reached, or wants us to slow down
    BANNED = "banned"
    TOO_MANY = "too_many"  # they are in as many communities as the platform allows
    FULL = "full"  # the community is
    SHUT = "shut"  # the platform lets nobody in through us: an organizer has to do something


class RefusedError(Exception):
    """The platform did not do what the person had consented to; the details are in the log."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A person who has consented, with the token of their consent: used once, kept nowhere."""

    person: Person
    token: str = field(repr=False)

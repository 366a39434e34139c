"""What the platform tells of invites and arrivals, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.attribution.rules import Way

SAME_SECOND = timedelta(seconds=1)


class MadeFor(StrEnum):
    """Whom an invite is for: ours wait in the pool, for one visit, or are a member's own."""

    POOL = "pool"
    VISIT = "visit"
    MEMBER = "member"
    FOREIGN = "foreign"


class Shut(StrEnum):
    """Why no invites can be made."""

    FULL = "full"
    FORBIDDEN = "forbidden"
    SLOW = "slow"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """An invite as the platform shows it. `uses` is None where it does not say; `max_uses` 0 means any number."""

    code: str
    uses: int | None
    max_uses: int = 0
    made_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanity:
    """The server's own address, which is nobody's link."""

    code: str
    uses: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All invites of a server, asked for at `asked_at` and complete at `read_at`."""

    invites: Sequence[Invite]
    vanity: Vanity | None
    asked_at: datetime
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What the members search says of one stay: `code` is the invite used; `otherwise`: surely none was."""

    account: int
    joined_at: datetime
    code: str | None = None
    otherwise: bool = False

    def is_of(self, joined_at: datetime) -> bool:
        """Whether it is about the stay that began then; it may tell less than the microsecond, and people come back
        within a second."""
        fine = next(unit for unit in (1_000_000, 1000, 1) if self.joined_at.microsecond % unit == 0)
        return joined_at.replace(microsecond=joined_at.microsecond // fine * fine) == self.joined_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody came at `joined_at`, by the platform's clock; we heard of it at `received_at`, by ours."""

    account: int
    joined_at: datetime
    received_at: datetime
    reconciled: bool = False

    def known_by(self, read_at: datetime) -> bool:
        """Whether a list that was read then can show their use."""
        return min(self.joined_at, self.received_at) <= read_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """`n` uses of an invite that nothing has explained yet; `maybe`: and perhaps more, as long as it was valid.

    `way`: the link that it was given out for; None: it is nobody's.
    """

    way: Way | None
    n: int = 0
    maybe: bool = False
    until: datetime | None = None

    def may_be(self, arrival: Arrival) -> bool:
        """Whether this arrival may be one of those of which nobody can tell."""
        return self.maybe and (self.until is None or arrival.joined_at <= self.until + SAME_SECOND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An invite as it was when last read. `made_at` is by our clock."""

    uses: int | None
    max_uses: int
    made_at: datetime
    expires_at: datetime | None
    made_for: MadeFor
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a list, or news, says of an invite now. `used`: by how many since; `maybe`: perhaps more."""

    uses: int | None
    used: int = 0
    maybe: bool = False
    gone: bool = False

"""What is known of a referral, where it can stand and why, and what it still lacks: plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from core.attribution.rules import Claim, Credit, Touch
from core.chats.rules import Membership
from core.conversions.rules import Conversion


class Status(StrEnum):
    PENDING = "pending"
    QUALIFIED = "qualified"
    REWARDED = "rewarded"
    HELD = "held"
    REJECTED = "rejected"
    REVERSED = "reversed"

    @property
    def is_settled(self) -> bool:
        """It counts, or did once: then only a few things can change it, such as that the friend leaves too soon."""
        return self in (Status.QUALIFIED, Status.REWARDED, Status.REVERSED)

    @property
    def is_good(self) -> bool:
        """The friend has done what was asked, and that holds."""
        return self in (Status.QUALIFIED, Status.REWARDED)


class Reason(StrEnum):
    """Why a referral stands where it stands; the doors word each for people."""

    NOT_JOINED = "not_joined"
    STAYING = "staying"
    SILENT = "silent"
    NOT_CONVERTED = "not_converted"
    HOLDING = "holding"
    CONFIRMING = "confirming"
    DAY_FULL = "day_full"
    PAUSED = "paused"
    ALL_MET = "all_met"
    REWARDED = "rewarded"
    OVER_LIMIT = "over_limit"
    UNSURE_WHO = "unsure_who"
    A_BOT = "a_bot"
    SELF_REFERRAL = "self_referral"
    ALREADY_MEMBER = "already_member"
    NEVER_JOINED = "never_joined"
    OUTSIDE_WINDOW = "outside_window"
    LEFT_EARLY = "left_early"
    LEFT_AFTER = "left_after"
    TOO_YOUNG = "too_young"
    CAME_OTHERWISE = "came_otherwise"
    SAME_PERSON = "same_person"
    RULED_IN = "ruled_in"
    RULED_OUT = "ruled_out"

    @property
    def names_a_friend(self) -> bool:
        """Whether somebody came through the advocate, as far as we know; how it ended does not matter."""
        return self not in (
            Reason.A_BOT,
            Reason.SELF_REFERRAL,
            Reason.SAME_PERSON,
            Reason.ALREADY_MEMBER,
            Reason.OUTSIDE_WINDOW,
            Reason.UNSURE_WHO,
            Reason.CAME_OTHERWISE,
        )

    @property
    def can_be_appealed(self) -> bool:
        """Whether an organizer can be asked to look at it again: they may know better than what we saw."""
        return self in (
            Reason.LEFT_EARLY,
            Reason.LEFT_AFTER,
            Reason.ALREADY_MEMBER,
            Reason.OUTSIDE_WINDOW,
            Reason.TOO_YOUNG,
            Reason.RULED_OUT,
        )

    @property
    def is_certain(self) -> bool:
        """What no organizer can overrule: it is not a friend who came."""
        return self in (Reason.A_BOT, Reason.SELF_REFERRAL, Reason.SAME_PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """How long the friend has to stay, has stayed, and until when that takes if they do not leave."""

    total: timedelta
    done: timedelta
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    wanted: int
    so_far: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What a pending referral still lacks; false if nothing is missing.

    `join_until`: the friend has not come yet, and has until then. `conversion`: its name. `holding_until`: everything
    is done, and has to hold until then. `confirming`: the platform is asked whether they are there. `day_full_until`:
    the advocate has had as many friends as count on one day; this one counts on the next.
    """

    join_until: datetime | None = None
    paused: bool = False
    stay: Stay | None = None
    messages: Messages | None = None
    conversion: str | None = None
    holding_until: datetime | None = None
    confirming: bool = False
    day_full_until: datetime | None = None

    def __bool__(self) -> bool:
        return self.reason is not None

    @property
    def reason(self) -> Reason | None:
        """The one to name first."""
        return next((reason for lacks, reason in self._lacks() if lacks), None)

    def _lacks(self) -> tuple[tuple[object, Reason], ...]:
        return (
            (self.join_until, Reason.NOT_JOINED),
            (self.paused, Reason.PAUSED),
            (self.stay, Reason.STAYING),
            (self.messages, Reason.SILENT),
            (self.conversion, Reason.NOT_CONVERTED),
            (self.holding_until, Reason.HOLDING),
            (self.confirming, Reason.CONFIRMING),
            (self.day_full_until, Reason.DAY_FULL),
        )

    def plain(self) -> list[dict[str, Any]]:
        """The same in values that JSON has: an object for each thing that is missing, times and lengths in seconds."""
        found: list[dict[str, Any]] = [{"what": "paused"}] if self.paused else []
        times = (("join", self.join_until), ("holding", self.holding_until), ("day_full", self.day_full_until))
        for what, until in times:
            found += [{"what": what, "until": _seconds(until)}] if until is not None else []
        if self.stay is not None:
            total, done = (int(each.total_seconds()) for each in (self.stay.total, self.stay.done))
            found.append({"what": "stay", "total": total, "done": done, "until": _seconds(self.stay.until)})
        if self.messages is not None:
            found.append({"what": "messages", "wanted": self.messages.wanted, "so_far": self.messages.so_far})
        found += [{"what": "conversion", "name": self.conversion}] if self.conversion is not None else []
        return found + ([{"what": "confirming"}] if self.confirming else [])


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is known of one friend in one campaign. `accounts`: the members that are the same person.

    `spoken_at`: of a friend who was waited for to write, when they had.
    """

    friend: int
    is_bot: bool
    touches: Sequence[Touch]
    claims: Sequence[Claim]
    memberships: Sequence[Membership]  # in the campaign's communities
    conversions: Sequence[Conversion] = ()
    accounts: Sequence[int] = ()
    born_at: datetime | None = None  # when the friend's account was made, where the platform tells
    spoken_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`look_at`: when time alone may change it. `ask`: the platform should be asked whether the friend is there.

    `missing`: what a pending one lacks. `met_at`: since when everything holds that is asked of the friend.
    """

    credit: Credit
    status: Status
    reason: Reason
    look_at: datetime | None = None
    ask: bool = False
    missing: Missing = field(default=Missing())
    met_at: datetime | None = None

"""Where a referral stands, and why. Pure: the same case, campaign and time give the same judgement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.attribution.rules import Claim, Confidence, Credit, Touch, attribute, first_sign
from core.campaign.values import Campaign
from core.chats.rules import Membership
from core.conversions.rules import Conversion, first

LATE_NEWS = timedelta(minutes=1)
"""How long news of a join may take: somebody found in the chat sooner than that may just have come."""

ASK_EVERY = timedelta(days=1)
"""A friend who has not joined is looked for this often, in case the platform's news was lost."""

ASK_AGAIN = timedelta(minutes=10)
"""The pause before a question about membership that had no answer is put again."""


class Status(StrEnum):
    PENDING = "pending"
    QUALIFIED = "qualified"
    REWARDED = "rewarded"
    HELD = "held"
    REJECTED = "rejected"
    REVERSED = "reversed"

    @property
    def is_settled(self) -> bool:
        """Decided for good: later facts do not change it by themselves."""
        return self in (Status.QUALIFIED, Status.REWARDED, Status.REVERSED)


class Reason(StrEnum):
    """Why a referral stands where it stands; the doors word each for people."""

    NOT_JOINED = "not_joined"
    STAYING = "staying"
    SILENT = "silent"
    NOT_CONVERTED = "not_converted"
    CONFIRMING = "confirming"
    PAUSED = "paused"
    ALL_MET = "all_met"
    REWARDED = "rewarded"
    UNSURE_WHO = "unsure_who"
    A_BOT = "a_bot"
    SELF_REFERRAL = "self_referral"
    ALREADY_MEMBER = "already_member"
    NEVER_JOINED = "never_joined"
    OUTSIDE_WINDOW = "outside_window"
    LEFT_EARLY = "left_early"
    TOO_YOUNG = "too_young"
    CAME_OTHERWISE = "came_otherwise"
    SAME_PERSON = "same_person"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is known of one friend in one campaign. `accounts`: the members that are the same person."""

    friend: int
    is_bot: bool
    touches: Sequence[Touch]
    claims: Sequence[Claim]
    memberships: Sequence[Membership]  # in the campaign's communities
    conversions: Sequence[Conversion] = ()
    accounts: Sequence[int] = ()
    born_at: datetime | None = None  # when the friend's account was made, where the platform tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`look_at`: when time alone may change it. `ask`: the platform should be asked whether the friend is there."""

    credit: Credit
    status: Status
    reason: Reason
    look_at: datetime | None = None
    ask: bool = False


def judge(case: Case, campaign: Campaign, *, ends_at: datetime | None, paused: bool, now: datetime) -> Judgement | None:
    """Say where the friend's referral stands as of `now`; None if nobody recommended them.

    A campaign's end closes the door to new friends; those who came in time can still qualify after it.
    """
    there = min((m for m in case.memberships if m.first_present_at), key=_first_seen, default=None)
    arrived_at = there.first_present_at if there else None
    unseen = _there_unseen(case.memberships, arrived_at)
    left_at = there.first_left_at if there else None
    credit = attribute(case.touches, case.claims, campaign.attribution, arrived_at=arrived_at, left_at=left_at, now=now)
    if unseen is not None:  # perhaps there before any sign
        credit = first_sign(case.touches) or credit
    if credit is None:
        return None
    if (reason := _never_theirs(credit, case)) is not None:
        return Judgement(credit=credit, status=Status.REJECTED, reason=reason)
    if there is None or arrived_at is None:
        return _nobodys_yet(_not_joined(credit, campaign, ends_at=ends_at, now=now))
    if unseen is not None:
        return _nobodys_yet(_seen_without_a_join(credit, unseen, now=now))
    if credit.late or there.returned:
        return Judgement(credit=credit, status=Status.REJECTED, reason=Reason.ALREADY_MEMBER)
    if (reason := _came_wrongly(case, campaign, arrived_at, ends_at=ends_at)) is not None:
        return Judgement(credit=credit, status=Status.REJECTED, reason=reason)
    if not credit.confidence.pays:
        return Judgement(credit=credit, status=Status.HELD, reason=Reason.UNSURE_WHO)
    since = min(credit.at, arrived_at)  # a claim comes later than what it tells of
    return _qualify(credit, case, campaign, since=since, paused=paused, now=now)


def _never_theirs(credit: Credit, case: Case) -> Reason | None:
    if case.is_bot:
        return Reason.A_BOT
    if credit.confidence is Confidence.UNKNOWN:
        return Reason.CAME_OTHERWISE
    own = credit.confidence.pays and credit.advocate in (case.friend, *case.accounts)
    return Reason.SELF_REFERRAL if own else None


def _came_wrongly(case: Case, campaign: Campaign, arrived_at: datetime, *, ends_at: datetime | None) -> Reason | None:
    """An account whose age the platform does not tell is old enough."""
    if not campaign.window.starts <= arrived_at or (ends_at is not None and arrived_at >= ends_at):
        return Reason.OUTSIDE_WINDOW
    too_young = case.born_at is not None and arrived_at < case.born_at + campaign.qualify.account_age
    return Reason.TOO_YOUNG if too_young else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """The referral of one of a person's accounts in a campaign, judged by itself. `is_settled`: it was so before."""

    judgement: Judgement
    is_settled: bool
    arrived_at: datetime | None


BY_LINK = (Reason.SELF_REFERRAL, Reason.SAME_PERSON)
"""Why a settled referral is reversed once it is known who is the same person; as long as that is so."""


def judge_together(mine: Mapping[int, Mine], *, now: datetime) -> dict[int, Judgement]:
    """The judgements of one person's accounts: a friend counts once, by an account that has qualified.

    While none has, and of two that have, it is the one that arrived first. The others go on being looked at: one of
    them may qualify first.
    """
    arrived = {friend: (each.arrived_at or now, friend) for friend, each in mine.items()}
    qualified = [friend for friend, each in mine.items() if each.judgement.status in _COUNTS]
    there = [
        friend
        for friend, each in mine.items()
        if each.judgement.status is Status.PENDING and each.judgement.reason is not Reason.NOT_JOINED
    ]
    settled = [friend for friend in qualified if mine[friend].is_settled]
    counts = min(settled or qualified or there, key=arrived.__getitem__, default=None)
    return {friend: each.judgement if counts in (None, friend) else _for_another(each) for friend, each in mine.items()}


_COUNTS = (Status.QUALIFIED, Status.REWARDED)


def _for_another(mine: Mine) -> Judgement:
    """The person counts by another account."""
    if mine.judgement.status in (Status.REJECTED, Status.REVERSED):
        return mine.judgement
    status = Status.REVERSED if mine.is_settled else Status.REJECTED
    return replace(mine.judgement, status=status, reason=Reason.SAME_PERSON)


def _there_unseen(memberships: Sequence[Membership], arrived_at: datetime | None) -> Membership | None:
    """A chat where the friend was found when they arrived, and nobody saw them come: perhaps they had been there long.

    A friend found in another chat days later may have joined that since, and its news was lost.
    """
    if arrived_at is None:
        return None
    found = (m for m in memberships if m.came_unseen and _first_seen(m)[0] <= arrived_at + LATE_NEWS)
    return min(found, key=_first_seen, default=None)


def _not_joined(credit: Credit, campaign: Campaign, *, ends_at: datetime | None, now: datetime) -> Judgement:
    over = credit.at + campaign.attribution.window
    if ends_at is not None:
        over = min(over, ends_at + LATE_NEWS)
    if credit.late or now >= over:
        return Judgement(credit=credit, status=Status.REJECTED, reason=Reason.NEVER_JOINED)
    look_at = min(over, now + ASK_EVERY)
    return Judgement(credit=credit, status=Status.PENDING, reason=Reason.NOT_JOINED, look_at=look_at, ask=True)


def _nobodys_yet(judgement: Judgement) -> Judgement:
    """As long as nobody knows whose friend it is, it is pending for nobody."""
    if judgement.credit.confidence.pays or judgement.status is not Status.PENDING:
        return judgement
    return replace(judgement, status=Status.HELD, reason=Reason.UNSURE_WHO)


def _seen_without_a_join(credit: Credit, there: Membership, *, now: datetime) -> Judgement:
    assert there.first_present_at is not None
    news_by = there.first_present_at + LATE_NEWS
    if now < news_by:
        return Judgement(credit=credit, status=Status.PENDING, reason=Reason.CONFIRMING, look_at=news_by)
    return Judgement(credit=credit, status=Status.REJECTED, reason=Reason.ALREADY_MEMBER)


def _qualify(
    credit: Credit, case: Case, campaign: Campaign, *, since: datetime, paused: bool, now: datetime
) -> Judgement:
    """Whether a friend who came through the advocate, at `since` the earliest, has done what is asked."""
    asked = campaign.qualify
    here = [m for m in case.memberships if m.present]
    if not here:
        return Judgement(credit=credit, status=Status.REJECTED, reason=Reason.LEFT_EARLY)
    stayed_at = min(_since(m) for m in here) + asked.stay
    if paused:
        return Judgement(credit=credit, status=Status.PENDING, reason=Reason.PAUSED)
    if now < stayed_at:
        return Judgement(credit=credit, status=Status.PENDING, reason=Reason.STAYING, look_at=stayed_at)
    if sum(m.messages for m in case.memberships) < asked.messages:
        return Judgement(credit=credit, status=Status.PENDING, reason=Reason.SILENT)
    done_at = stayed_at
    if asked.conversion is not None:
        converted_at = first(case.conversions, asked.conversion, since=since)
        if converted_at is None:
            return Judgement(credit=credit, status=Status.PENDING, reason=Reason.NOT_CONVERTED)
        done_at = max(done_at, converted_at)  # weeks may lie between: are they still there?
    if not any(m.seen_at is not None and m.seen_at >= done_at.replace(microsecond=0) for m in here):
        look_at = now + ASK_AGAIN
        return Judgement(credit=credit, status=Status.PENDING, reason=Reason.CONFIRMING, look_at=look_at, ask=True)
    return Judgement(credit=credit, status=Status.QUALIFIED, reason=Reason.ALL_MET)


def _first_seen(membership: Membership) -> tuple[datetime, bool]:
    """When; of two chats in the same second, the one that they are known to have come to is first."""
    assert membership.first_present_at is not None
    return membership.first_present_at, membership.arrived_at is None


def _since(membership: Membership) -> datetime:
    assert membership.stays_since is not None
    return membership.stays_since

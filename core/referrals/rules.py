"""Where a referral stands, and why. Pure: the same case, campaign and time give the same judgement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.attribution.rules import Confidence, Credit, attribute, first_sign
from core.campaign.values import Campaign
from core.chats.rules import Membership
from core.conversions.rules import first
from core.referrals.values import Case, Judgement, Messages, Missing, Reason, Status, Stay

LATE_NEWS = timedelta(minutes=1)
"""How long news of a join may take: somebody found in the chat sooner than that may just have come."""

ASK_EVERY = timedelta(days=1)
"""A friend who has not joined is looked for this often, in case the platform's news was lost; and nobody is rewarded
on an answer that is older."""

ASK_AGAIN = timedelta(minutes=10)
"""The pause before a question about membership that had no answer is put again."""


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
    qualified = [friend for friend, each in mine.items() if each.judgement.status.is_good]
    there = [
        friend
        for friend, each in mine.items()
        if each.judgement.status is Status.PENDING and each.judgement.reason is not Reason.NOT_JOINED
    ]
    settled = [friend for friend in qualified if mine[friend].is_settled]
    counts = min(settled or qualified or there, key=arrived.__getitem__, default=None)
    return {friend: each.judgement if counts in (None, friend) else _for_another(each) for friend, each in mine.items()}


def _for_another(mine: Mine) -> Judgement:
    """The person counts by another account."""
    if mine.judgement.status in (Status.REJECTED, Status.REVERSED):
        return mine.judgement
    status = Status.REVERSED if mine.is_settled else Status.REJECTED
    return replace(mine.judgement, status=status, reason=Reason.SAME_PERSON, missing=Missing())


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
    return _pending(credit, Missing(join_until=over), look_at=min(over, now + ASK_EVERY), ask=True)


def _nobodys_yet(judgement: Judgement) -> Judgement:
    """As long as nobody knows whose friend it is, it is pending for nobody."""
    if judgement.credit.confidence.pays or judgement.status is not Status.PENDING:
        return judgement
    return replace(judgement, status=Status.HELD, reason=Reason.UNSURE_WHO, missing=Missing())


def _seen_without_a_join(credit: Credit, there: Membership, *, now: datetime) -> Judgement:
    assert there.first_present_at is not None
    news_by = there.first_present_at + LATE_NEWS
    if now < news_by:
        return _pending(credit, Missing(confirming=True), look_at=news_by)
    return Judgement(credit=credit, status=Status.REJECTED, reason=Reason.ALREADY_MEMBER)


def _pending(
    credit: Credit,
    missing: Missing,
    *,
    look_at: datetime | None = None,
    ask: bool = False,
    met_at: datetime | None = None,
) -> Judgement:
    """It waits for what is missing, and that alone is why."""
    assert missing.reason is not None
    return Judgement(
        credit=credit,
        status=Status.PENDING,
        reason=missing.reason,
        look_at=look_at,
        ask=ask,
        missing=missing,
        met_at=met_at,
    )


def _qualify(
    credit: Credit, case: Case, campaign: Campaign, *, since: datetime, paused: bool, now: datetime
) -> Judgement:
    """Whether a friend who came through the advocate, at `since` the earliest, has done what is asked."""
    here = [m for m in case.memberships if m.present]
    if not here:
        return Judgement(credit=credit, status=Status.REJECTED, reason=Reason.LEFT_EARLY)
    missing, met_at = _undone(case, campaign, here, since=since, paused=paused, now=now)
    if met_at is not None:  # weeks may have passed since: are they still there?
        holds_at = met_at + campaign.holding.wait
        sure_since = max(holds_at, now - ASK_EVERY).replace(microsecond=0)
        if now < holds_at:
            missing = replace(missing, holding_until=holds_at)
        elif not any(m.seen_at is not None and m.seen_at >= sure_since for m in here):
            missing = replace(missing, confirming=True)
    if not missing:
        return Judgement(credit=credit, status=Status.QUALIFIED, reason=Reason.ALL_MET, met_at=met_at)
    if paused:
        return _pending(credit, missing, met_at=met_at)
    if missing.reason is Reason.CONFIRMING:
        return _pending(credit, missing, look_at=now + ASK_AGAIN, ask=True, met_at=met_at)
    look_at = missing.stay.until if missing.stay is not None else missing.holding_until
    return _pending(credit, missing, look_at=look_at, met_at=met_at)


def _undone(
    case: Case, campaign: Campaign, here: Sequence[Membership], *, since: datetime, paused: bool, now: datetime
) -> tuple[Missing, datetime | None]:
    """What the friend has not done yet; and if nothing, since when that is so."""
    asked = campaign.qualify
    stays_since = min(_since(m) for m in here)
    met = [stays_since + asked.stay]
    stay = messages = conversion = None
    if now < met[0]:
        stay = Stay(total=asked.stay, done=max(now - stays_since, timedelta(0)), until=met[0])
    so_far = sum(m.messages for m in case.memberships)
    if so_far < asked.messages:
        messages = Messages(wanted=asked.messages, so_far=so_far)
    elif asked.messages and case.spoken_at is not None:
        met.append(case.spoken_at)
    if asked.conversion is not None:
        converted_at = first(case.conversions, asked.conversion, since=since)
        if converted_at is None:
            conversion = asked.conversion
        else:
            met.append(converted_at)
    missing = Missing(paused=paused, stay=stay, messages=messages, conversion=conversion)
    return missing, max(met) if not (stay or messages or conversion) else None


def _first_seen(membership: Membership) -> tuple[datetime, bool]:
    """When; of two chats in the same second, the one that they are known to have come to is first."""
    assert membership.first_present_at is not None
    return membership.first_present_at, membership.arrived_at is None


def _since(membership: Membership) -> datetime:
    assert membership.stays_since is not None
    return membership.stays_since

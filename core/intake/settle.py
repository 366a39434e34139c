"""Judging the cases that facts or time have touched, and what follows: standings, rewards, news."""

from collections.abc import Sequence

from core import members, totals
from core.campaign import Version
from core.database import Tx, together
from core.intake import exclusive, news
from core.intake.allowance import allowed, count_today, load_today
from core.intake.batch import Batch, CaseKey
from core.intake.earning import reward
from core.intake.judged import Judged, arrived_at, judge_marked
from core.intake.standing import record
from core.referrals import Judgement, Referral, Status, look_before


async def settle(tx: Tx, batch: Batch) -> None:
    """Judge every case that is marked, grant what newly qualified referrals have earned, and take back what is lost."""
    judged = judge_marked(batch)
    known = {key: batch.referrals[key] for key, _, _ in judged if key in batch.referrals}
    await load_standings(tx, batch, judged)
    for key, judgement, version in judged:
        _stand(batch, key, allowed(batch, key, judgement, version), version)
    new = [batch.referrals[key] for key, _, _ in judged if _is_new(known.get(key), batch.referrals[key])]
    turned = {key: before for key, before in known.items() if _is_turned(before, batch.referrals[key])}
    await reward(tx, batch, new, turned)
    await exclusive.bring(tx, batch, [key for key, _, _ in judged])


async def load_standings(tx: Tx, batch: Batch, judged: Sequence[Judged]) -> None:
    """Read what those have so far whom these judgements are about, and how many friends they had today."""
    advocates = {judgement.credit.advocate for _, judgement, _ in judged}
    advocates.update(batch.referrals[key].advocate_id for key, _, _ in judged if key in batch.referrals)
    concerned = map(batch.person, advocates.union(friend for (_, friend), _, _ in judged))
    accounts = {account for advocate in advocates for account in batch.accounts(advocate)}
    people = members.by_id(tx, accounts - batch.members.keys())
    standings, known = await together(tx, totals.standings(tx, concerned), people)
    batch.standings = standings | batch.standings
    batch.members.update(known)
    await load_today(tx, batch, judged)


def _is_new(before: Referral | None, after: Referral) -> bool:
    """Whether the friend begins to count, or counts for somebody else than before."""
    if not after.status.is_good or before is None:
        return after.status.is_good
    return not before.status.is_settled or before.advocate_id != after.advocate_id


def _is_turned(before: Referral, after: Referral) -> bool:
    """Whether something that was settled is not any more what it was."""
    if not before.status.is_settled:
        return False
    was, now = ((each.advocate_id, each.status.is_good, each.counts) for each in (before, after))
    return was != now


def _stand(batch: Batch, key: CaseKey, judgement: Judgement, version: Version) -> None:
    """Keep where the referral stands now, with everything that is counted from it."""
    before, after = batch.referrals.get(key), _referral(batch, key, judgement, version)
    waiting = before is not None and before.look_at is not None and before.look_at > batch.now
    if before is not None and _same(before, after):
        if waiting and before.reason is after.reason:
            return
        after.judgements, after.since_at = before.judgements, before.since_at
    else:
        record(batch, before, after, judgement.missing)
        count_today(batch, before, after)
    batch.referrals[key] = batch.changed_referrals[key] = after
    if judgement.ask:
        batch.outgoing.extend(news.questions(batch, key))
    elif before is None and after.status is Status.PENDING:  # may have been in another of the chats all along
        batch.outgoing.extend(news.questions(batch, key, unknown_only=True))


def _referral(batch: Batch, key: CaseKey, judgement: Judgement, version: Version) -> Referral:
    campaign_id, friend_id = key
    before, is_reversed = batch.referrals.get(key), judgement.status is Status.REVERSED
    qualified_at = before.qualified_at if before else None
    look_at, clawback = judgement.look_at, version.campaign.holding.clawback
    if judgement.status.is_good and qualified_at is None:
        qualified_at = batch.now
        look_at = look_before(batch.now + clawback, batch.now) if clawback else None
    return Referral(
        campaign_id=campaign_id,
        friend_id=friend_id,
        advocate_id=judgement.credit.advocate,
        code=judgement.credit.code,
        version=version.number,
        confidence=judgement.credit.confidence,
        status=judgement.status,
        reason=judgement.reason,
        judgements=before.judgements + 1 if before else 1,
        since_at=batch.now,
        look_at=look_at,
        channel=judgement.credit.channel,
        arrived_at=arrived_at(batch, key),
        reversed_from=(before.reversed_from or before.status) if before and is_reversed else None,
        met_at=judgement.met_at,
        qualified_at=qualified_at,
        ruled=before.ruled if before else None,
    )


def _same(before: Referral, after: Referral) -> bool:
    compared = ("advocate_id", "code", "channel", "version", "confidence", "status", "reason", "arrived_at")
    return all(getattr(before, name) == getattr(after, name) for name in compared)

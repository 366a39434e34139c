"""Judging the cases that facts or time have touched, and what follows: standings, rewards, news."""

from core import members, totals
from core.campaign import Version
from core.database import Tx
from core.intake import news
from core.intake.batch import Batch, CaseKey
from core.intake.earning import reward
from core.intake.judged import arrived_at, judge_marked
from core.intake.standing import record
from core.referrals import Judgement, Referral, Status


async def settle(tx: Tx, batch: Batch) -> None:
    """Judge every case that is marked, and grant what newly qualified referrals have earned."""
    judged = judge_marked(batch)
    turned = [key for key, _, _ in judged if key in batch.referrals and batch.referrals[key].status.is_settled]
    known = [batch.referrals[key].advocate_id for key, _, _ in judged if key in batch.referrals]
    advocates = {judgement.credit.advocate for _, judgement, _ in judged}.union(known)
    concerned = map(batch.person, advocates.union(friend for (_, friend), _, _ in judged))
    for place, standing in (await totals.standings(tx, concerned)).items():
        batch.standings.setdefault(place, standing)
    accounts = {account for advocate in advocates for account in batch.accounts(advocate)}
    batch.members.update(await members.by_id(tx, accounts - batch.members.keys()))
    for key, judgement, version in judged:
        _stand(batch, key, judgement, version)
    new = [key for key, judgement, _ in judged if judgement.status is Status.QUALIFIED and key not in turned]
    await reward(tx, batch, [batch.referrals[key] for key in new], turned)


def _stand(batch: Batch, key: CaseKey, judgement: Judgement, version: Version) -> None:
    """Keep where the referral stands now, with everything that is counted from it."""
    before, after = batch.referrals.get(key), _referral(batch, key, judgement, version)
    waiting = before is not None and before.look_at is not None and before.look_at > batch.now
    if before is not None and _same(before, after):
        if waiting and before.reason is after.reason:
            return
        after.judgements, after.since_at = before.judgements, before.since_at
    else:
        record(batch, before, after)
    batch.referrals[key] = batch.changed_referrals[key] = after
    if judgement.ask:
        batch.outgoing.extend(news.questions(batch, key))
    elif before is None and after.status is Status.PENDING:  # may have been in another of the chats all along
        batch.outgoing.extend(news.questions(batch, key, unknown_only=True))


def _referral(batch: Batch, key: CaseKey, judgement: Judgement, version: Version) -> Referral:
    campaign_id, friend_id = key
    before, is_reversed = batch.referrals.get(key), judgement.status is Status.REVERSED
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
        look_at=judgement.look_at,
        channel=judgement.credit.channel,
        arrived_at=arrived_at(batch, key),
        reversed_from=(before.reversed_from or before.status) if before and is_reversed else None,
    )


def _same(before: Referral, after: Referral) -> bool:
    compared = ("advocate_id", "code", "channel", "version", "confidence", "status", "reason", "arrived_at")
    return all(getattr(before, name) == getattr(after, name) for name in compared)

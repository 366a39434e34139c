"""Judging the cases that facts or time have touched, and what follows: standings, rewards, news."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from core import ledger, members, rewards, totals
from core.campaign import Version
from core.campaign.values import To
from core.database import Tx
from core.intake import news
from core.intake.batch import Batch, CaseKey, Place
from core.intake.judged import arrived_at, judge_marked
from core.intake.recount import recount
from core.journal import Fact as Line
from core.journal import Kind
from core.referrals import Judgement, Reason, Referral, Status
from core.rewards import KINDS, Grant, Handing, Owed

_IN_STANDING = {Status.PENDING: "pending", Status.QUALIFIED: "qualified", Status.REWARDED: "qualified"}


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
    await _reward(tx, batch, [batch.referrals[key] for key in new], turned)


def _stand(batch: Batch, key: CaseKey, judgement: Judgement, version: Version) -> None:
    """Keep where the referral stands now, with everything that is counted from it."""
    before, after = batch.referrals.get(key), _referral(batch, key, judgement, version)
    waiting = before is not None and before.look_at is not None and before.look_at > batch.now
    if before is not None and _same(before, after):
        if waiting and before.reason is after.reason:
            return
        after.judgements, after.since_at = before.judgements, before.since_at
    else:
        _record(batch, before, after)
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


def _record(batch: Batch, before: Referral | None, after: Referral) -> None:
    """Journal the judgement, and move the counts from where the referral was to where it is."""
    for referral, by in ((before, -1), (after, 1)):
        if referral is None:
            continue
        batch.counted[referral.campaign_id, f"referrals.{referral.status}"] += by
        if name := _IN_STANDING.get(referral.status):
            standing = batch.standing(referral.campaign_id, referral.advocate_id)
            setattr(standing, name, getattr(standing, name) + by)
    batch.record(
        Line(
            key=f"judged/{after.campaign_id}/{after.friend_id}/{after.judgements}",
            kind=Kind.JUDGED,
            at=batch.now,
            campaign_id=after.campaign_id,
            member_id=after.friend_id,
            advocate_id=after.advocate_id,
            code=after.code,
            data={
                "status": after.status,
                "reason": after.reason,
                "confidence": after.confidence,
                "version": after.version,
                **_how_they_came(after),
            },
        )
    )
    batch.outgoing.extend(news.of_referral(batch, before, after))


def _how_they_came(referral: Referral) -> dict[str, str | int]:
    """Through which variant, and when in seconds since 1970; left out: not known, or not yet."""
    told: dict[str, str | int] = {"channel": referral.channel} if referral.channel is not None else {}
    if referral.arrived_at is not None:
        told["arrived"] = int(referral.arrived_at.timestamp())
    return told


async def _reward(tx: Tx, batch: Batch, qualified: list[Referral], turned: list[CaseKey]) -> None:
    """Grant what these referrals have earned, each in its turn, unless it was granted before.

    `turned`: settled referrals that were reversed, or count again.
    """
    to_come = Counter((referral.campaign_id, referral.advocate_id) for referral in qualified)
    earned = [(referral, owed) for referral in qualified for owed in _owed(batch, referral, to_come)]
    granted = await rewards.granted(tx, [owed.cause for _, owed in earned]) if earned else {}
    places = _to_recount(batch, turned, earned, granted)
    given: dict[CaseKey, list[Owed]] = {(referral.campaign_id, referral.friend_id): [] for referral in qualified}
    for referral, owed in earned:
        is_counted_anew = owed.reward.to is To.ADVOCATE and _place(batch, referral) in places
        if owed.cause not in granted and not is_counted_anew:
            granted[owed.cause] = True
            _grant(batch, referral.campaign_id, owed)
            given[referral.campaign_id, referral.friend_id].append(owed)
    for each in await recount(tx, batch, places, new=qualified, turned=turned):
        if not each.again:
            _grant(batch, each.campaign_id, each.owed)
        if each.referral is not None:
            given[each.campaign_id, each.referral.friend_id].append(each.owed)
    for key, rewarded in given.items():
        batch.outgoing.extend(news.of_qualified(batch, batch.referrals[key], rewarded))
        if rewarded:
            _mark_rewarded(batch, key)


def _to_recount(
    batch: Batch, turned: list[CaseKey], earned: list[tuple[Referral, Owed]], granted: Mapping[str, bool]
) -> dict[Place, str]:
    """For whom it is not enough to look at what is earned by one referral more, and why."""
    places = dict(batch.to_recount)
    for key in turned:
        places.setdefault(_place(batch, batch.referrals[key]), batch.referrals[key].reason)
    for referral, owed in earned:
        if referral.advocate_id in batch.persons or granted.get(owed.cause) is False:
            places.setdefault(_place(batch, referral), referral.reason)
    return places


def _place(batch: Batch, referral: Referral) -> Place:
    return referral.campaign_id, batch.person(referral.advocate_id)


def _owed(batch: Batch, referral: Referral, to_come: Counter[tuple[int, int]]) -> list[Owed]:
    """What this referral earns. The standing counts the whole batch, so what is still `to_come` is taken off."""
    place = (referral.campaign_id, referral.advocate_id)
    to_come[place] -= 1
    number = batch.standing(*place).qualified - to_come[place]
    campaign = next(v.campaign for v in batch.versions[referral.campaign_id] if v.number == referral.version)
    return rewards.owed(campaign, advocate=referral.advocate_id, friend=referral.friend_id, qualified=number)


def _mark_rewarded(batch: Batch, key: CaseKey) -> None:
    before = batch.referrals[key]
    number = before.judgements + 1
    after = replace(before, status=Status.REWARDED, reason=Reason.REWARDED, judgements=number, since_at=batch.now)
    _record(batch, before, after)
    batch.referrals[key] = batch.changed_referrals[key] = after


def _grant(batch: Batch, campaign_id: int, owed: Owed) -> None:
    handing = KINDS[owed.reward.kind](owed.reward) if owed.reward.kind in KINDS else None
    done = handing is not None and not handing.is_brought
    grant = Grant(
        cause=owed.cause,
        campaign_id=campaign_id,
        member_id=owed.member,
        reward=owed.reward.id,
        kind=owed.reward.kind,
        granted_at=batch.now,
        delivered_at=batch.now if done else None,
    )
    batch.new_grants.append(grant)
    line = Line(
        key=f"granted/{owed.cause}",
        kind=Kind.GRANTED,
        at=batch.now,
        campaign_id=campaign_id,
        member_id=owed.member,
        data={"points": handing.points} if handing is not None and handing.points else None,
    )
    batch.record(line, counts="rewards.granted")
    if done:
        batch.record(replace(line, key=f"delivered/{owed.cause}", kind=Kind.DELIVERED), counts="rewards.delivered")
    if handing is not None:
        _hand_over(batch, grant, handing)


def _hand_over(batch: Batch, grant: Grant, handing: Handing) -> None:
    if handing.points:
        transfer = ledger.Transfer(
            cause=grant.cause,
            campaign_id=grant.campaign_id,
            from_account=ledger.budget(grant.campaign_id),
            to_account=ledger.purse(grant.campaign_id, batch.person(grant.member_id)),
            points=handing.points,
            at=batch.now,
        )
        batch.new_transfers.append(transfer)
        batch.standing(grant.campaign_id, grant.member_id).points += handing.points
    batch.outgoing.extend(news.of_reward(batch, grant, handing))

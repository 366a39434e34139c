"""What newly qualified referrals have earned, each reward once, in its turn; and what is lost with those that count no
more.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from core import rewards
from core.campaign.values import To
from core.database import Tx
from core.intake import news
from core.intake.batch import Batch, CaseKey, Place
from core.intake.giving import give
from core.intake.recount import Recounted, recount
from core.intake.standing import record
from core.referrals import Reason, Referral, Status
from core.rewards import Owed

_SAY_MORE = (Reason.OVER_LIMIT, Reason.RULED_IN)
"""Reasons that stay when something has been given."""


async def reward(tx: Tx, batch: Batch, qualified: list[Referral], turned: Mapping[CaseKey, Referral]) -> None:
    """Grant what these referrals have earned, each in its turn, unless it was granted before.

    `turned`: how settled referrals stood that were reversed, count again, or count for somebody else.
    """
    to_come = Counter((referral.campaign_id, referral.advocate_id) for referral in qualified if referral.counts)
    earned = [(referral, owed) for referral in qualified for owed in _owed(batch, referral, to_come)]
    granted = await rewards.granted(tx, [owed.cause for _, owed in earned]) if earned else {}
    places = _to_recount(batch, turned, earned, granted)
    given: dict[CaseKey, list[Owed]] = {(referral.campaign_id, referral.friend_id): [] for referral in qualified}
    for referral, owed in earned:
        is_counted_anew = owed.reward.to is To.ADVOCATE and _place(batch, referral) in places
        if owed.cause not in granted and not is_counted_anew:
            granted[owed.cause] = True
            give(batch, referral.campaign_id, owed)
            given[referral.campaign_id, referral.friend_id].append(owed)
    counting = [referral for referral in qualified if referral.counts]
    recounted = await recount(tx, batch, places, new=counting, turned=turned)
    for each in recounted.earned:
        if not each.again:
            give(batch, each.campaign_id, each.owed)
        if each.referral is not None:
            given[each.campaign_id, each.referral.friend_id].append(each.owed)
    for key, rewarded in given.items():
        batch.outgoing.extend(news.of_qualified(batch, batch.referrals[key], rewarded))
        if rewarded:
            _mark_rewarded(batch, key)
    _tell_turned(batch, turned, recounted)


def _to_recount(
    batch: Batch, turned: Mapping[CaseKey, Referral], earned: list[tuple[Referral, Owed]], granted: Mapping[str, bool]
) -> dict[Place, str]:
    """For whom it is not enough to look at what is earned by one referral more, and why."""
    places = dict(batch.to_recount)
    for key, before in turned.items():
        after = batch.referrals[key]
        lost = after.reason if after.advocate_id == before.advocate_id else Reason.CAME_OTHERWISE
        places.setdefault(_place(batch, before), lost)
        places.setdefault(_place(batch, after), after.reason)
    for referral, owed in earned:
        if referral.advocate_id in batch.persons or granted.get(owed.cause) is False:
            places.setdefault(_place(batch, referral), referral.reason)
    return places


def _place(batch: Batch, referral: Referral) -> Place:
    return referral.campaign_id, batch.person(referral.advocate_id)


def _owed(batch: Batch, referral: Referral, to_come: Counter[tuple[int, int]]) -> list[Owed]:
    """What this referral earns. The standing counts the whole batch, so what is still `to_come` is taken off.

    Beyond the advocate's limit it earns only what the friend gets.
    """
    place = (referral.campaign_id, referral.advocate_id)
    to_come[place] -= referral.counts
    number = batch.standing(*place).qualified - to_come[place]
    campaign = next(v.campaign for v in batch.versions[referral.campaign_id] if v.number == referral.version)
    owed = rewards.owed(campaign, advocate=referral.advocate_id, friend=referral.friend_id, qualified=number)
    return [each for each in owed if referral.counts or each.reward.to is To.FRIEND]


def _mark_rewarded(batch: Batch, key: CaseKey) -> None:
    before = batch.referrals[key]
    after = replace(
        before,
        status=Status.REWARDED,
        reason=before.reason if before.reason in _SAY_MORE else Reason.REWARDED,
        judgements=before.judgements + 1,
        since_at=batch.now,
    )
    record(batch, before, after)
    batch.referrals[key] = batch.changed_referrals[key] = after


def _tell_turned(batch: Batch, turned: Mapping[CaseKey, Referral], recounted: Recounted) -> None:
    """Each advocate learns what became of a friend, and of all that they lost or got back by it; the friend, what they
    lost themselves.
    """
    lost, again = dict(recounted.lost), dict(recounted.again)
    for key, before in turned.items():
        after = batch.referrals[key]
        batch.outgoing.extend(news.of_gifts_reversed(batch, after, recounted.gifts.get(key, [])))
        if before.status.is_good and (not after.status.is_good or after.advocate_id != before.advocate_id):
            batch.outgoing.extend(news.of_reversed(batch, before, after, lost.pop(_place(batch, before), [])))
        elif after.status.is_good and after.advocate_id == before.advocate_id:
            batch.outgoing.extend(news.of_again(batch, after, again.pop(_place(batch, after), [])))

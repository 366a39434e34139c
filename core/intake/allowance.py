"""How many friends may still count for an advocate: in all, and today in the campaign's time zone.

It is the person who is limited, by all their accounts together. Whoever decides holds the campaign, and what is decided
in a batch counts for the rest of it; so no two can have the last place.
"""

from collections import defaultdict
from collections.abc import Iterable

from core import referrals
from core.campaign import Version
from core.campaign.rules import day_of
from core.campaign.values import Limits
from core.database import Tx
from core.intake.batch import Batch, CaseKey
from core.intake.judged import Judged
from core.referrals import Judgement, Reason, Referral, within

_FREE = Limits()


async def load_today(tx: Tx, batch: Batch, judged: Iterable[Judged]) -> None:
    """Read how many began to count today, where that decides about any of these."""
    wanted: dict[int, dict[int, Version]] = defaultdict(dict)
    for key, judgement, version in judged:
        limited = version.campaign.limits.per_advocate_per_day is not None
        if limited and judgement.status.is_good and _is_first(batch.referrals.get(key)):
            wanted[key[0]][batch.person(judgement.credit.advocate)] = version
    for campaign_id, people in wanted.items():
        accounts = {account: person for person in people for account in batch.accounts(person)}
        since, _ = day_of(next(iter(people.values())).campaign.window.timezone, batch.now)
        batch.today |= {(campaign_id, person): 0 for person in people}
        for account, n in (await referrals.counted_since(tx, campaign_id, accounts, since=since)).items():
            batch.today[campaign_id, accounts[account]] += n


def allowed(batch: Batch, key: CaseKey, judgement: Judgement, version: Version) -> Judgement:
    """The judgement, if the friend may count for the advocate now; else when, or that they do not."""
    before, campaign = batch.referrals.get(key), version.campaign
    place = (key[0], batch.person(judgement.credit.advocate))
    had_place = before is not None and before.counts and batch.person(before.advocate_id) == place[1]
    is_limited = judgement.status.is_good and judgement.reason not in (Reason.RULED_IN, Reason.OVER_LIMIT)
    if campaign.limits == _FREE or not is_limited or had_place:
        return judgement
    standing = batch.standings.get(place)
    return within(
        judgement,
        campaign.limits,
        counting=standing.qualified if standing is not None else 0,
        today=batch.today.get(place, 0) if _is_first(before) else 0,
        day_ends=day_of(campaign.window.timezone, batch.now)[1],
    )


def count_today(batch: Batch, before: Referral | None, after: Referral) -> None:
    """Keep the count of today, where it has been read."""
    for referral, by in ((before, -1), (after, 1)):
        if referral is not None and referral.counts and referral.qualified_at is not None and batch.today:
            place = (referral.campaign_id, batch.person(referral.advocate_id))
            zone = batch.campaigns[referral.campaign_id].campaign.window.timezone
            if place in batch.today and referral.qualified_at >= day_of(zone, batch.now)[0]:
                batch.today[place] += by


def _is_first(before: Referral | None) -> bool:
    """Whether it has never counted yet: who had a place on an earlier day needs none today."""
    return before is None or not before.status.is_settled

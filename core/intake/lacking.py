"""What is still missing of pending referrals, for whoever asks."""

from collections.abc import Iterable
from datetime import datetime

from core.database import Tx
from core.intake.allowance import allowed
from core.intake.batch import Batch, CaseKey, load_campaigns, load_cases
from core.intake.judged import judge_marked
from core.intake.settle import load_standings
from core.referrals import Missing, Status


async def missing(tx: Tx, keys: Iterable[CaseKey], *, now: datetime) -> dict[CaseKey, Missing]:
    """What those of these referrals lack that are pending, by (campaign, friend); nothing, if they count in a moment.

    It is what the next judgement will say. Changes nothing and holds nobody up.
    """
    wanted = list(keys)
    if not wanted:
        return {}
    batch = Batch(now=now)
    await load_campaigns(tx, batch)
    await load_cases(tx, batch, {friend_id for _, friend_id in wanted})
    pending = [key for key in wanted if key in batch.referrals and batch.referrals[key].status is Status.PENDING]
    batch.dirty = dict.fromkeys(pending)
    judged = judge_marked(batch)
    await load_standings(tx, batch, judged)
    found = {key: allowed(batch, key, judgement, version) for key, judgement, version in judged}
    return {key: found[key].missing for key in pending if key in found}

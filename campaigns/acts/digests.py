"""What has come since the last digest: for those who run the campaign, or for its advocates."""

from datetime import datetime
from typing import Any

from campaigns.acts.reminders import advocates, begun, tell
from campaigns.acts.telling import tell_organizers
from core import codes, digests, occurrences, outbox
from core.campaign import Applied
from core.campaign.values import Job
from core.database import Tx
from core.digests import Since
from core.occurrences import Due, More

COME = {
    "advocates": ("advocates",),
    "clicks": ("clicks",),
    "starts": ("starts",),
    "joins": ("joins",),
    "leaves": ("leaves",),
    "qualified": ("referrals.qualified", "referrals.rewarded"),
    "reversed": ("referrals.reversed",),
    "delivered": ("rewards.delivered",),
}
"""What a digest tells of, and the totals that it is counted from."""

LOW = 10
"""A pool of codes is named when no more than one in so many is left."""

LOOKED_AT = 100
"""Occurrences that are looked through for those that were missed."""


async def digest(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str | More:
    """Tell the organizers, or the advocates, what has come since they were told last; nothing if there is nothing."""
    assert job is not None
    if due.so_far is not None:
        return await _to_advocates(tx, applied, due, due.so_far)
    since = await digests.since_last(tx, applied.id, due.name, now=now)
    come = {name: since.come(*of) for name, of in COME.items()}
    if not any(come.values()):
        return "nothing has happened"
    if job.to == "advocates":
        told = {"joins": come["joins"], "counted": come["qualified"]}
        return await _to_advocates(tx, applied, due, begun(now, come=told))
    stands, low = await _stands(tx, applied, since), await _running_low(tx, applied)
    content = {"news": "digest", "come": come, "stands": stands, "pools": low}
    return f"told {await tell_organizers(tx, applied, due, content, now)} organizers"


async def _stands(tx: Tx, applied: Applied, since: Since) -> dict[str, int]:
    """What somebody may have to look after, as it is now; without what there is none of."""
    past = await occurrences.past(tx, applied.id, limit=LOOKED_AT)
    missed = sum(each.state == "missed" and _is_new(each.done_at, since.at) for each in past)
    figures = {
        "waiting": since.now.get("rewards.granted", 0) - since.now.get("rewards.delivered", 0),
        "held": since.now.get("rewards.held", 0),
        "review": since.now.get("referrals.held", 0),
        "missed": missed,
        "failed": (await outbox.counts(tx))["failed"],
    }
    return {name: n for name, n in figures.items() if n > 0}


async def _running_low(tx: Tx, applied: Applied) -> list[dict[str, Any]]:
    pools = [each for each in await codes.pools(tx) if each.campaign_id == applied.id]
    return [{"name": each.name, "left": each.left} for each in pools if each.left * LOW <= each.total]


def _is_new(at: datetime | None, since: datetime | None) -> bool:
    return at is not None and (since is None or at > since)


async def _to_advocates(tx: Tx, applied: Applied, due: Due, so_far: dict[str, Any]) -> str | More:
    """How the campaign goes, and where each of them stands. Who said stop is left alone."""
    wanted, last = await advocates(tx, applied, after=so_far["after"])
    await tell(tx, applied, due, wanted, {"news": "digest_mine", **so_far["come"]}, so_far)
    n = so_far["told"] + len(wanted)
    return f"told {n} advocates" if last is None else More({**so_far, "after": last, "told": n})

"""A reward has been handed over, or made ready for that: what follows."""

from dataclasses import replace
from datetime import datetime

from core import campaign as campaigns
from core import journal, members, outbox, rewards, totals
from core.database import Tx
from core.intake import bringing
from core.intake.batch import load_due
from core.journal import Fact as Line
from core.journal import Kind
from core.rewards import KINDS


async def delivered(tx: Tx, cause: str, *, now: datetime, by: int | None = None) -> bool:
    """Mark the reward as handed over, with its line in the journal and its place in the totals. Again is nothing.

    What was taken back meanwhile is in no total. `by`: the member who handed it over, if a person did.
    """
    is_new = await rewards.deliver(tx, cause, now=now)
    grant = await rewards.get(tx, cause)
    if grant is None or not is_new:
        return False
    counts = grant.kind != "post"
    line = Line(
        key=f"delivered/{cause}",
        kind=Kind.DELIVERED,
        at=now,
        campaign_id=grant.campaign_id,
        member_id=grant.member_id,
        data={"by": by} if by is not None else None if counts else {"post": grant.reward.partition(":")[2]},
    )
    if grant.holds and counts:
        await totals.add(tx, {(grant.campaign_id, "rewards.delivered"): 1})
    await journal.append(tx, [line], now=now)
    return True


async def handed(tx: Tx, cause: str, *, by: int, now: datetime) -> bool:
    """An organizer has handed over what is given by hand. False if they are none, or there is nothing to hand over."""
    grant = await rewards.get(tx, cause)
    if grant is None or grant.kind != "by_hand":
        return False
    await campaigns.lock(tx, [grant.campaign_id])
    grant = await rewards.get(tx, cause)
    if grant is None or not grant.holds or grant.held is not None:
        return False
    people = await members.by_id(tx, await members.accounts_of(tx, by))
    organizers = next(each for each in await campaigns.applied(tx) if each.id == grant.campaign_id).campaign.organizers
    if not any(member.account in organizers for member in people.values()):
        return False
    return await delivered(tx, cause, now=now, by=by)


async def gift_made(tx: Tx, cause: str, gift: str, *, now: datetime) -> None:
    """A door has made what is handed over, such as an invite's link: keep it, and let the member have it.

    Nothing, if something else was kept before, or it was taken back. Once more with the same gift does no harm.
    """
    grant = await rewards.get(tx, cause)
    if grant is None:
        return
    batch = await load_due(tx, [(grant.campaign_id, grant.member_id)], now=now)
    grant = await rewards.get(tx, cause)
    if grant is None or not grant.holds or grant.gift not in (None, gift):
        return
    await rewards.keep_gift(tx, cause, gift)
    if (promise := bringing.promise(batch, grant)) is not None:
        handing = KINDS[promise.kind](promise)
        await outbox.put(tx, list(bringing.of_grant(batch, replace(grant, gift=gift), handing)))

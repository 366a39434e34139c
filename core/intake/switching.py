"""An organizer stops a campaign for a while, and lets it go on. Rare, so one at a time."""

from datetime import datetime

from core import campaign as campaigns
from core import journal, links, referrals, totals
from core.campaign import Applied
from core.database import Tx
from core.intake.batch import load_members
from core.intake.facts import Problem
from core.intake.take import finish
from core.journal import Fact as Line
from core.journal import Kind
from core.members import Member


async def pause(tx: Tx, campaign_id: int, *, key: str, by: Member, now: datetime) -> Problem | None:
    """Nothing counts and nothing is given from now on, until `resume`. Again is nothing; says why it may not be.

    `key` names what the organizer did, as a fact's key does.
    """
    applied, problem = await _locked(tx, campaign_id, by)
    if applied is not None and applied.paused_at is None:
        await campaigns.pause(tx, campaign_id, now=now)
        await journal.append(tx, [_line(Kind.PAUSED, campaign_id, key=key, by=by, now=now)], now=now)
    return problem


async def resume(tx: Tx, campaign_id: int, *, key: str, by: Member, now: datetime) -> Problem | None:
    """Go on: everything that waited is looked at again. Again is nothing; says why it may not be."""
    applied, problem = await _locked(tx, campaign_id, by)
    if applied is not None and applied.paused_at is not None:
        await campaigns.resume(tx, campaign_id)
        await referrals.wake(tx, campaign_id, now=now)
        await _count_anew(tx, campaign_id, now=now)
        await journal.append(tx, [_line(Kind.RESUMED, campaign_id, key=key, by=by, now=now)], now=now)
    return problem


async def _count_anew(tx: Tx, campaign_id: int, *, now: datetime) -> None:
    """Give what became due in the pause without another friend: to advocates who linked their accounts."""
    people = await links.of_several_accounts(tx, campaign_id)
    if people:
        await campaigns.lock(tx, [campaign_id])
        batch = await load_members(tx, set(people), now=now)
        batch.dirty.clear()
        batch.standings = await totals.standings(tx, people)
        batch.to_recount = {(campaign_id, person): "resumed" for person in people}
        await finish(tx, batch)


async def _locked(tx: Tx, campaign_id: int, by: Member) -> tuple[Applied | None, Problem | None]:
    """The campaign, if this is one of its organizers; nobody else pauses or resumes it until the transaction ends."""
    await campaigns.lock_all(tx)
    applied = next((each for each in await campaigns.applied(tx) if each.id == campaign_id), None)
    if applied is None:
        return None, Problem.UNKNOWN_CAMPAIGN
    if by.account not in applied.campaign.organizers:
        return None, Problem.NOT_ORGANIZER
    return applied, None


def _line(kind: Kind, campaign_id: int, *, key: str, by: Member, now: datetime) -> Line:
    return Line(key=key, kind=kind, at=now, campaign_id=campaign_id, data={"by": by.id})

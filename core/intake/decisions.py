"""An organizer says who brought a friend, where nothing else could tell. Rare, so one at a time."""

from dataclasses import replace
from datetime import datetime

from core import members
from core.attribution.rules import Confidence, Touch
from core.database import Tx
from core.intake.batch import Batch, decided_key, load, load_cases
from core.intake.facts import Decided, Outcome, Problem
from core.intake.take import finish
from core.journal import Fact as Line
from core.journal import Kind
from core.members import Member
from core.referrals import Reason


async def decide(tx: Tx, fact: Decided, *, now: datetime) -> Outcome:
    """Credit the friend to the advocate, or to nobody, and judge anew; the outcome says why not, where that may not be.

    What an organizer says is `probable`, and final: what the platform may tell of the friend later changes nothing.
    """
    batch = await load(tx, [fact], now=now)
    await load_cases(tx, batch, {batch.people[fact.person.account].id, fact.friend})
    key = (fact.campaign_id, fact.friend)
    outcome = Outcome(fact=fact, member=batch.people[fact.person.account], campaign=batch.campaigns.get(key[0]))
    unsure = [each for each in batch.touches.get(key, ()) if each.confidence is Confidence.AMBIGUOUS]
    outcome.problem = _problem(batch, fact, unsure)
    if outcome.problem is None:
        for touch in unsure:
            chosen = fact.advocate is not None and batch.person(touch.advocate) == batch.person(fact.advocate)
            batch.touch(key, replace(touch, confidence=Confidence.PROBABLE if chosen else Confidence.UNKNOWN))
        batch.record(_line(fact, outcome.member))
        batch.dirty[key] = None
        await finish(tx, batch)
    outcome.referral = batch.referrals.get(key)
    if outcome.referral is not None and outcome.referral.confidence.pays:
        outcome.advocate = (await members.by_id(tx, [outcome.referral.advocate_id])).get(outcome.referral.advocate_id)
    return outcome


def _problem(batch: Batch, fact: Decided, unsure: list[Touch]) -> Problem | None:
    applied, referral = batch.campaigns.get(fact.campaign_id), batch.referrals.get((fact.campaign_id, fact.friend))
    if applied is None:
        return Problem.UNKNOWN_CAMPAIGN
    if fact.person.account not in applied.campaign.organizers:
        return Problem.NOT_ORGANIZER
    is_decided = decided_key((fact.campaign_id, fact.friend)) in batch.in_journal
    if is_decided or referral is None or referral.reason is not Reason.UNSURE_WHO or not unsure:
        return Problem.CLAIM_SETTLED
    candidates = {batch.person(each.advocate) for each in unsure}
    if fact.advocate is not None and batch.person(fact.advocate) not in candidates:
        return Problem.UNKNOWN_ADVOCATE
    return None


def _line(fact: Decided, organizer: Member) -> Line:
    return Line(
        key=decided_key((fact.campaign_id, fact.friend)),
        kind=Kind.DECIDED,
        at=fact.at,
        campaign_id=fact.campaign_id,
        member_id=fact.friend,
        advocate_id=fact.advocate,
        data={"by": organizer.id},
    )

"""Claims: a friend says who told them, and that advocate says yes or no. Rare, so one at a time."""

from dataclasses import replace
from datetime import datetime

from core import campaign as campaigns
from core import members, referrals
from core.database import Tx
from core.intake import news
from core.intake.batch import Batch, load, load_campaigns, load_cases
from core.intake.facts import ClaimAnswered, Claimed, Outcome, Problem
from core.intake.take import finish
from core.journal import Fact as Line
from core.journal import Kind
from core.members import Member

CLAIMS_PER_FRIEND = 3
"""How many advocates a friend may name in one campaign."""


async def claim(tx: Tx, fact: Claimed, *, now: datetime) -> Outcome:
    """Keep the claim and ask the advocate; the outcome says why not, where it may not be made."""
    batch = await load(tx, [fact], now=now)
    friend = batch.people[fact.person.account]
    advocate = (await members.by_account(tx, [fact.advocate])).get(fact.advocate)
    outcome = Outcome(fact=fact, member=friend, campaign=batch.campaigns.get(fact.campaign_id))
    outcome.referral = batch.referrals.get((fact.campaign_id, friend.id))
    outcome.problem = _problem(batch, fact, friend, advocate)
    if outcome.problem is None and advocate is not None:
        kept = await referrals.claim(tx, fact.campaign_id, friend_id=friend.id, advocate_id=advocate.id, now=now)
        batch.members[advocate.id] = advocate
        batch.record(_line(fact, Kind.CLAIM, fact.campaign_id, friend.id, advocate.id))
        if all(each.id != kept.id for each in batch.claims.get((fact.campaign_id, friend.id), ())):
            batch.outgoing.extend(news.of_claim(batch, kept))
        await finish(tx, batch)
        outcome.claim = kept
    return outcome


def _problem(batch: Batch, fact: Claimed, friend: Member, advocate: Member | None) -> Problem | None:
    applied = batch.campaigns.get(fact.campaign_id)
    if applied is None:
        return Problem.UNKNOWN_CAMPAIGN
    if not applied.is_open(fact.at):
        return Problem.ENDED
    if advocate is None or advocate.is_bot:
        return Problem.UNKNOWN_ADVOCATE
    if advocate.id in batch.accounts(friend.id):
        return Problem.CLAIM_SELF
    key = (applied.id, friend.id)
    claims, referral = batch.claims.get(key, ()), batch.referrals.get(key)
    if (referral is not None and referral.confidence.pays) or any(each.confirmed for each in claims):
        return Problem.CLAIM_SETTLED
    if any(each.advocate_id == advocate.id and each.confirmed is False for each in claims):
        return Problem.CLAIM_SETTLED  # they said no
    named = {each.advocate_id for each in claims} | {advocate.id}
    return Problem.CLAIM_TOO_MANY if len(named) > CLAIMS_PER_FRIEND else None


async def answer_claim(tx: Tx, fact: ClaimAnswered, *, now: datetime) -> Outcome:
    """Keep the advocate's answer; the first one stays. With a yes, the friend's referral is judged."""
    batch = await load(tx, [fact], now=now)
    advocate = batch.people[fact.person.account]
    if (kept := await referrals.get_claim(tx, fact.claim_id)) is not None:
        await campaigns.lock(tx, [kept.campaign_id])
        await load_campaigns(tx, batch)
        kept = await referrals.get_claim(tx, fact.claim_id)
    outcome = Outcome(fact=fact, member=advocate, claim=kept)
    if kept is None or kept.advocate_id != advocate.id:
        outcome.problem = Problem.CLAIM_NOT_YOURS
    elif kept.confirmed is not None:
        outcome.problem = Problem.CLAIM_SETTLED
    else:
        await referrals.settle_claim(tx, kept.id, confirmed=fact.confirmed, now=now)
        await load_cases(tx, batch, {advocate.id, kept.friend_id})
        line = _line(fact, Kind.CLAIM_ANSWER, kept.campaign_id, kept.friend_id, advocate.id)
        batch.record(replace(line, data={"confirmed": fact.confirmed}))
        batch.dirty[kept.campaign_id, kept.friend_id] = None
        await finish(tx, batch)
        outcome.referral = batch.referrals.get((kept.campaign_id, kept.friend_id))
    outcome.campaign = batch.campaigns.get(kept.campaign_id) if kept else None
    return outcome


def _line(fact: Claimed | ClaimAnswered, kind: Kind, campaign_id: int, friend_id: int, advocate_id: int) -> Line:
    return Line(
        key=fact.key, kind=kind, at=fact.at, campaign_id=campaign_id, member_id=friend_id, advocate_id=advocate_id
    )

"""An organizer says whether a friend counts, and members ask for that. Rare, so one at a time."""

from dataclasses import replace
from datetime import datetime

from core import members
from core.database import Tx
from core.intake import news
from core.intake.batch import Batch, load, load_cases
from core.intake.facts import Appealed, Outcome, Problem, Ruled
from core.intake.take import finish
from core.journal import Fact as Line
from core.journal import Kind
from core.referrals import Appeal, Referral, appeals

APPEALS_PER_FRIEND = 3
"""How often anybody may ask about the same friend in one campaign."""


async def rule(tx: Tx, fact: Ruled, *, now: datetime) -> Outcome:
    """Let the friend count from now on, or not; the outcome says why not, where that may not be.

    It is final: nothing that is heard of the friend later changes it, but that they are one person with the advocate or
    another friend. An organizer may rule again where a member has asked for it. Told again, it changes nothing.
    """
    batch, outcome = await _load(tx, fact, now=now)
    if fact.key in batch.in_journal:
        return outcome
    known, asked = outcome.referral, await _open(tx, outcome.referral)
    outcome.problem = _ruling_problem(batch, fact, known, asked)
    if outcome.problem is not None or known is None:
        return outcome
    key = (fact.campaign_id, fact.friend)
    batch.members.update(await members.by_id(tx, {each.member_id for each in asked} - batch.members.keys()))
    batch.referrals[key] = batch.changed_referrals[key] = replace(known, ruled=fact.counts)
    said = {"by": outcome.member.id, "counts": fact.counts, "ground": fact.ground, "note": fact.note}
    batch.record(_line(fact, Kind.RULED, known, {name: value for name, value in said.items() if value is not None}))
    batch.dirty[key] = None
    for each in asked:
        batch.outgoing.extend(news.of_answer(batch, each, counts=fact.counts, reason=fact.ground))
    await finish(tx, batch)
    await appeals.answer(tx, *key, counts=fact.counts, now=now)
    outcome.referral = batch.referrals[key]
    return outcome


def _ruling_problem(batch: Batch, fact: Ruled, known: Referral | None, asked: list[Appeal]) -> Problem | None:
    applied = batch.campaigns.get(fact.campaign_id)
    if applied is None:
        return Problem.UNKNOWN_CAMPAIGN
    if fact.person.account not in applied.campaign.organizers:
        return Problem.NOT_ORGANIZER
    if known is None:
        return Problem.UNKNOWN_REFERRAL
    if known.ruled is not None and not asked:
        return Problem.RULED_ALREADY
    sure = known.confidence.pays and not known.reason.is_certain
    return None if sure or not fact.counts else Problem.CANNOT_COUNT


async def appeal(tx: Tx, fact: Appealed, *, now: datetime) -> Outcome:
    """Ask the organizers to look at the referral again; the outcome says why not, where there is nothing to ask.

    Once for each time that it was rejected or reversed, by the advocate or the friend, whoever comes first.
    """
    batch, outcome = await _load(tx, fact, now=now)
    known = outcome.referral
    asked = await appeals.of_friend(tx, fact.campaign_id, fact.friend) if known is not None else []
    outcome.appeal = next((each for each in asked if known and each.judgement == known.judgements), None)
    if fact.key in batch.in_journal:
        return outcome
    outcome.problem = _appeal_problem(batch, fact, outcome, asked)
    if outcome.problem is not None or known is None:
        return outcome
    about = {"member_id": outcome.member.id, "judgement": known.judgements}
    outcome.appeal = await appeals.ask(tx, fact.campaign_id, fact.friend, now=now, **about)
    batch.record(_line(fact, Kind.APPEALED, known, {"by": outcome.member.id, "reason": known.reason}))
    news.of_appeal(batch, known, outcome.appeal)
    await finish(tx, batch)
    return outcome


def _appeal_problem(batch: Batch, fact: Appealed, outcome: Outcome, asked: list[Appeal]) -> Problem | None:
    known = outcome.referral
    if fact.campaign_id not in batch.campaigns:
        return Problem.UNKNOWN_CAMPAIGN
    if known is None:
        return Problem.UNKNOWN_REFERRAL
    if outcome.member.id not in (*batch.accounts(known.friend_id), *batch.accounts(known.advocate_id)):
        return Problem.APPEAL_NOT_YOURS
    nothing_to_ask = not known.reason.can_be_appealed or not known.confidence.pays
    was_asked = outcome.appeal is not None or len(asked) >= APPEALS_PER_FRIEND
    answered = any(each.counts is not None for each in asked) and known.ruled is not None
    return Problem.APPEAL_SETTLED if nothing_to_ask or was_asked or answered else None


async def _load(tx: Tx, fact: Ruled | Appealed, *, now: datetime) -> tuple[Batch, Outcome]:
    """Everything about the friend and the advocate, and the outcome as it is so far."""
    batch = await load(tx, [fact], now=now)
    member = batch.people[fact.person.account]
    await load_cases(tx, batch, {member.id, fact.friend} if fact.campaign_id in batch.campaigns else {member.id})
    known = batch.referrals.get((fact.campaign_id, fact.friend))
    outcome = Outcome(fact=fact, member=member, campaign=batch.campaigns.get(fact.campaign_id), referral=known)
    if known is not None:
        batch.members.update(await members.by_id(tx, {known.advocate_id} - batch.members.keys()))
        if known.confidence.pays:
            outcome.advocate = batch.members.get(known.advocate_id)
    return batch, outcome


async def _open(tx: Tx, known: Referral | None) -> list[Appeal]:
    """What was asked about the referral as it stands, and not answered yet."""
    if known is None:
        return []
    asked = await appeals.of_friend(tx, known.campaign_id, known.friend_id)
    return [each for each in asked if each.counts is None and each.judgement == known.judgements]


def _line(fact: Ruled | Appealed, kind: Kind, known: Referral, data: dict[str, object]) -> Line:
    return Line(
        key=fact.key,
        kind=kind,
        at=fact.at,
        campaign_id=known.campaign_id,
        member_id=known.friend_id,
        advocate_id=known.advocate_id,
        data=data,
    )

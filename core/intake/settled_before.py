"""Where a referral stands that has qualified before, or on which an organizer has ruled."""

from dataclasses import replace

from core.attribution.rules import Credit
from core.campaign import Version
from core.intake.batch import Batch
from core.referrals import Judgement, Missing, Reason, Referral, Settled, Status, judge, lasts


def settled(batch: Batch, known: Referral) -> tuple[Judgement, Version]:
    """By the rules that the friend came under, with what is known now."""
    version = next(each for each in batch.versions[known.campaign_id] if each.number == known.version)
    if not known.status.is_settled:
        return _ruled(batch, known), version
    after_all = _by_another(batch, known, version) if known.ruled is None else None
    if after_all is not None and after_all.status.is_good:
        return after_all, version
    stands = lasts(
        Settled(
            status=known.reversed_from or known.status,
            reason=known.reason,
            ruled=known.ruled,
            is_one_person=batch.person(known.advocate_id) == batch.person(known.friend_id),
            came_otherwise=after_all is not None,
            qualified_at=known.qualified_at,
            memberships=batch.memberships_of(known.campaign_id, batch.accounts(known.friend_id)),
        ),
        clawback=version.campaign.holding.clawback,
        now=batch.now,
    )
    judgement = Judgement(
        credit=_credit(known),
        status=stands.status,
        reason=stands.reason,
        look_at=stands.look_at,
        ask=stands.ask,
        met_at=known.met_at,
    )
    return judgement, version


def _credit(known: Referral) -> Credit:
    return Credit(
        advocate=known.advocate_id,
        code=known.code,
        at=known.since_at,
        confidence=known.confidence,
        channel=known.channel,
    )


def _ruled(batch: Batch, known: Referral) -> Judgement:
    """An organizer has decided before it ever qualified. In a pause nothing does."""
    if known.ruled and batch.campaigns[known.campaign_id].paused_at is not None:
        missing = Missing(paused=True)
        return Judgement(credit=_credit(known), status=Status.PENDING, reason=Reason.PAUSED, missing=missing)
    if known.ruled:
        return Judgement(credit=_credit(known), status=Status.QUALIFIED, reason=Reason.RULED_IN)
    return Judgement(credit=_credit(known), status=Status.REJECTED, reason=Reason.RULED_OUT)


def _by_another(batch: Batch, known: Referral, version: Version) -> Judgement | None:
    """By whom the friend came after all, if the sign that credited the advocate was taken back. None: as it was.

    It goes on counting if that is another one for sure.
    """
    key = (known.campaign_id, known.friend_id)
    signs = [each for each in batch.touches.get(key, ()) if each.code == known.code]
    if not signs or any(each.confidence.pays for each in signs):
        return None
    ends_at = batch.campaigns[known.campaign_id].ends_at
    found = judge(batch.case(key), version.campaign, ends_at=ends_at, paused=False, now=batch.now)
    if found is None or not found.credit.confidence.pays:
        return Judgement(credit=_credit(known), status=Status.REVERSED, reason=Reason.CAME_OTHERWISE)
    if batch.person(found.credit.advocate) == batch.person(known.advocate_id):
        return None
    if found.status is Status.PENDING or found.status.is_good:
        return replace(
            found, status=Status.QUALIFIED, reason=Reason.ALL_MET, look_at=None, ask=False, missing=Missing()
        )
    return Judgement(credit=_credit(known), status=Status.REVERSED, reason=Reason.CAME_OTHERWISE)

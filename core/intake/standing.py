"""Where a referral stands: its line in the journal, what is counted from it, and who is told."""

from core.intake import news
from core.intake.batch import Batch
from core.journal import Fact as Line
from core.journal import Kind
from core.referrals import Missing, Referral, Status

_NOTHING = Missing()


def record(batch: Batch, before: Referral | None, after: Referral, missing: Missing = _NOTHING) -> None:
    """Journal the judgement, and move the counts from where the referral was to where it is; say what is `missing`."""
    for referral, by in ((before, -1), (after, 1)):
        if referral is None:
            continue
        batch.counted[referral.campaign_id, f"referrals.{referral.status}"] += by
        if name := _in_standing(referral):
            standing = batch.standing(referral.campaign_id, referral.advocate_id)
            setattr(standing, name, getattr(standing, name) + by)
    batch.record(
        Line(
            key=f"judged/{after.campaign_id}/{after.friend_id}/{after.judgements}",
            kind=Kind.JUDGED,
            at=batch.now,
            campaign_id=after.campaign_id,
            member_id=after.friend_id,
            advocate_id=after.advocate_id,
            code=after.code,
            data={
                "status": after.status,
                "reason": after.reason,
                "confidence": after.confidence,
                "version": after.version,
                **_how_they_came(after),
            },
        )
    )
    batch.outgoing.extend(news.of_referral(batch, before, after, missing))


def _in_standing(referral: Referral) -> str | None:
    """As what it is counted for the advocate."""
    if referral.counts:
        return "qualified"
    return "pending" if referral.status is Status.PENDING else None


def _how_they_came(referral: Referral) -> dict[str, str | int]:
    """Through which variant, and when in seconds since 1970; left out: not known, or not yet."""
    told: dict[str, str | int] = {"channel": referral.channel} if referral.channel is not None else {}
    if referral.arrived_at is not None:
        told["arrived"] = int(referral.arrived_at.timestamp())
    return told

"""Giving a reward, and taking it back: the grant, its lines in the journal, the points, and what a door must bring."""

from dataclasses import replace

from core import ledger
from core.intake import news
from core.intake.batch import Batch
from core.journal import Fact as Line
from core.journal import Kind
from core.rewards import KINDS, Grant, Handing, Owed


def give(batch: Batch, campaign_id: int, owed: Owed) -> None:
    handing = KINDS[owed.reward.kind](owed.reward) if owed.reward.kind in KINDS else None
    done = handing is not None and not handing.is_brought
    grant = Grant(
        cause=owed.cause,
        campaign_id=campaign_id,
        member_id=owed.member,
        reward=owed.reward.id,
        kind=owed.reward.kind,
        granted_at=batch.now,
        delivered_at=batch.now if done else None,
    )
    batch.new_grants.append(grant)
    line = Line(
        key=f"granted/{owed.cause}",
        kind=Kind.GRANTED,
        at=batch.now,
        campaign_id=campaign_id,
        member_id=owed.member,
        data={"points": handing.points} if handing is not None and handing.points else None,
    )
    batch.record(line, counts="rewards.granted")
    if done:
        batch.record(replace(line, key=f"delivered/{owed.cause}", kind=Kind.DELIVERED), counts="rewards.delivered")
    if handing is not None:
        _hand_over(batch, grant, handing)


def _hand_over(batch: Batch, grant: Grant, handing: Handing) -> None:
    if handing.points:
        transfer = ledger.Transfer(
            cause=grant.cause,
            campaign_id=grant.campaign_id,
            from_account=ledger.budget(grant.campaign_id),
            to_account=ledger.purse(grant.campaign_id, batch.person(grant.member_id)),
            points=handing.points,
            at=batch.now,
        )
        batch.new_transfers.append(transfer)
        batch.standing(grant.campaign_id, grant.member_id).points += handing.points
    batch.outgoing.extend(news.of_reward(batch, grant, handing))


def turn(batch: Batch, grant: Grant, points: int, why: str) -> Grant:
    """Take back what was granted, or give it again; the points go with it."""
    turned = replace(grant, turns=grant.turns + 1)
    batch.turned_grants[grant.cause] = turned
    kind = Kind.TAKEN_BACK if grant.holds else Kind.GIVEN_AGAIN
    batch.record(
        Line(
            key=f"{kind}/{grant.cause}/{turned.turns}",
            kind=kind,
            at=batch.now,
            campaign_id=grant.campaign_id,
            member_id=grant.member_id,
            data={"why": why, **({"points": points} if points else {})},
        )
    )
    for name in ("rewards.granted", *(["rewards.delivered"] if grant.delivered_at else [])):
        batch.counted[grant.campaign_id, name] += 1 if turned.holds else -1
    if points:
        _move(batch, turned, points)
    if turned.holds and turned.delivered_at is None:
        batch.outgoing.extend(news.of_waiting(batch, [turned]))
    return turned


def _move(batch: Batch, turned: Grant, points: int) -> None:
    budget = ledger.budget(turned.campaign_id)
    purse = ledger.purse(turned.campaign_id, batch.person(turned.member_id))
    batch.new_transfers.append(
        ledger.Transfer(
            cause=f"{turned.cause}/turn/{turned.turns}",
            campaign_id=turned.campaign_id,
            from_account=budget if turned.holds else purse,
            to_account=purse if turned.holds else budget,
            points=points,
            at=batch.now,
        )
    )
    batch.standing(turned.campaign_id, turned.member_id).points += points if turned.holds else -points

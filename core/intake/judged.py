"""Judging the marked cases: each by itself, and those of one person together."""

from datetime import datetime
from typing import TypeAlias

from core.campaign import Version
from core.intake.batch import Batch, CaseKey
from core.intake.settled_before import settled
from core.referrals import Case, Judgement, Mine, Referral, judge, judge_together

Judged: TypeAlias = tuple[CaseKey, Judgement, Version]
"""Where a case stands, and by which rules."""


def judge_marked(batch: Batch) -> list[Judged]:
    """Where the marked cases stand now. Left out: what is settled and stays so, and what nobody recommended."""
    found: list[Judged] = []
    done = set()
    for campaign_id, friend_id in batch.dirty:
        place = (campaign_id, batch.person(friend_id))
        if place not in done:
            done.add(place)
            found += _judge_person(batch, [(campaign_id, each) for each in batch.accounts(friend_id)])
    return found


def rules_joined_under(versions: list[Version], case: Case, *, now: datetime) -> Version:
    """The campaign's version in force when the friend came; the newest for one who has not come yet."""
    arrived = [membership.first_present_at for membership in case.memberships if membership.first_present_at]
    at = min(arrived, default=now)
    return next((version for version in reversed(versions) if version.applied_at <= at), versions[0])


def arrived_at(batch: Batch, key: CaseKey) -> datetime | None:
    """When the friend was there first."""
    campaign_id, friend_id = key
    chats = batch.communities.get(campaign_id, {}).values()
    there = [known for chat in chats if (known := batch.memberships.get((chat.id, friend_id))) is not None]
    return min((known.first_present_at for known in there if known.first_present_at is not None), default=None)


def _judge_person(batch: Batch, keys: list[CaseKey]) -> list[Judged]:
    alone = {key: each for key in keys if (each := _judge_alone(batch, key)) is not None}
    found = {key: judgement for key, (judgement, _) in alone.items()}
    if len(keys) > 1:  # most people have one account, and count by that
        together = judge_together({key[1]: _mine(batch, key, found[key]) for key in alone}, now=batch.now)
        found = {key: together[key[1]] for key in alone}
    return [
        (key, found[key], version)
        for key, (_, version) in alone.items()
        if not _stays(batch, batch.referrals.get(key), found[key])
    ]


def _mine(batch: Batch, key: CaseKey, judgement: Judgement) -> Mine:
    known = batch.referrals.get(key)
    if known is not None and known.status.is_settled:
        return Mine(judgement=judgement, is_settled=True, arrived_at=known.arrived_at)
    return Mine(judgement=judgement, is_settled=False, arrived_at=arrived_at(batch, key))


def _judge_alone(batch: Batch, key: CaseKey) -> tuple[Judgement, Version] | None:
    known = batch.referrals.get(key)
    if known is not None and (known.status.is_settled or known.ruled is not None):
        return settled(batch, known)
    applied, case = batch.campaigns[key[0]], batch.case(key)
    version = rules_joined_under(batch.versions[applied.id], case, now=batch.now)
    paused = applied.paused_at is not None
    judgement = judge(case, version.campaign, ends_at=applied.ends_at, paused=paused, now=batch.now)
    return None if judgement is None else (judgement, version)


def _stays(batch: Batch, known: Referral | None, judgement: Judgement) -> bool:
    """Whether nothing has changed about a settled referral, and it was not to be looked at now."""
    if known is None or not known.status.is_settled or (known.look_at is not None and known.look_at <= batch.now):
        return False
    stands = (known.advocate_id, known.status, known.reason)
    return stands == (judgement.credit.advocate, judgement.status, judgement.reason)

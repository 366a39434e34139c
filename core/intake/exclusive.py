"""Exclusive posts: for friends whose coming through an advocate is beyond doubt, each once, and for nobody else.

A friend gets those whose time has come when they arrive, and each of the others when its time comes.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from core import rewards
from core.campaign import Applied
from core.campaign.values import Post
from core.database import Tx
from core.intake.batch import Batch, CaseKey
from core.intake.giving import give
from core.intake.posting import KIND, reward_of
from core.referrals import Reason, Referral, Status
from core.rewards import Owed

APART = timedelta(milliseconds=50)
"""Between two of many, so that the answer to somebody's question does not wait behind all of them."""

AFTER_PAUSE = timedelta(hours=1)
"""How often it is looked whether a pause is over."""

_COUNTS = (Status.QUALIFIED, Status.REWARDED)
_THERE = (Reason.STAYING, Reason.SILENT, Reason.NOT_CONVERTED, Reason.HOLDING, Reason.DAY_FULL)
"""They have come, and only time or they themselves decide what becomes of it."""


def is_for(referral: Referral) -> bool:
    """Whether this friend gets exclusive posts: they came through the advocate, and nothing about that is in doubt."""
    sure = referral.status in _COUNTS or (referral.status is Status.PENDING and referral.reason in _THERE)
    return sure and referral.confidence.pays


def out(applied: Applied, *, now: datetime) -> list[Post]:
    """The exclusive posts whose time has come; none while the campaign is paused."""
    if applied.paused_at is not None:
        return []
    starts = applied.campaign.window.starts
    return [post for post in applied.campaign.posts if post.exclusive and (post.at or starts) <= now]


def owed_on_arrival(batch: Batch, referral: Referral) -> list[Owed]:
    """What this friend should have by now. Spelled the same every time, also of what they have been given."""
    applied = batch.campaigns[referral.campaign_id]
    if not is_for(referral):
        return []
    return [
        Owed(
            cause=_cause(applied, post, referral.friend_id),
            member=referral.friend_id,
            reward=reward_of(post),
        )
        for post in out(applied, now=batch.now)
    ]


async def bring(tx: Tx, batch: Batch, keys: Iterable[CaseKey]) -> None:
    """Give the friends of these cases what they should have and were not given, by whichever of their accounts."""
    referrals = [batch.referrals[key] for key in keys if key in batch.referrals]
    _put_off(batch, referrals)
    owed = [(referral.campaign_id, each) for referral in referrals for each in owed_on_arrival(batch, referral)]
    if not owed:
        return
    given = set(await rewards.granted(tx, [cause for _, each in owed for cause in _of_person(batch, each)]))
    before = len(batch.outgoing)
    for campaign_id, each in owed:
        causes = _of_person(batch, each)
        if given.isdisjoint(causes):
            given.update(causes)
            give(batch, campaign_id, each)
    posts = (number for number, each in enumerate(batch.outgoing[before:], before) if each.kind == KIND)
    for place, number in enumerate(posts):
        batch.outgoing[number] = replace(batch.outgoing[number], due_at=batch.now + place * APART)


def _put_off(batch: Batch, referrals: Iterable[Referral]) -> None:
    """Who counts already is looked at again after the pause; those who do not yet are looked at then anyhow."""
    again_at = batch.now + AFTER_PAUSE
    for each in referrals:
        applied = batch.campaigns[each.campaign_id]
        has_some = any(post.exclusive for post in applied.campaign.posts)
        if applied.paused_at is not None and has_some and each.status in _COUNTS:
            each.look_at = min(each.look_at or again_at, again_at)
            batch.changed_referrals[each.campaign_id, each.friend_id] = each


def _cause(applied: Applied, post: Post, friend: int) -> str:
    return f"{applied.campaign.slug}/{reward_of(post).id}/{friend}/1"


def _of_person(batch: Batch, owed: Owed) -> list[str]:
    """The causes under which one of the person's accounts may have been given it."""
    what = owed.cause.removesuffix(f"{owed.member}/1")
    return [f"{what}{account}/1" for account in batch.accounts(owed.member)]

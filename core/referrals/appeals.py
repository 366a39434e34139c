"""What members ask the organizers to look at again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from core.database import Tx, insert_new, rows_among, rows_of, table_of
from core.referrals.table import AppealRow, ReferralRow

_APPEAL = table_of(AppealRow)
_REFERRAL = table_of(ReferralRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """A member asks about a friend's referral as it stood by this number of its judgements.

    It is about how the referral stands now, if that is still the number. `counts`: the answer, None until there is one.
    """

    id: int
    campaign_id: int
    friend_id: int
    member_id: int
    judgement: int
    asked_at: datetime
    counts: bool | None


async def ask(tx: Tx, campaign_id: int, friend_id: int, *, member_id: int, judgement: int, now: datetime) -> Appeal:
    """Keep that the member asks. The first who asks about a judgement stays."""
    key = {"campaign_id": campaign_id, "friend_id": friend_id, "judgement": judgement}
    await insert_new(tx, _APPEAL, [{**key, "member_id": member_id, "asked_at": now}])
    return _appeal((await rows_of(tx, select(_APPEAL).filter_by(**key)))[0])


async def of_friend(tx: Tx, campaign_id: int, friend_id: int) -> list[Appeal]:
    """Everything that was asked about this friend, the oldest first."""
    mine = select(_APPEAL).where(_APPEAL.c.friend_id == friend_id, _APPEAL.c.campaign_id == campaign_id)
    return [_appeal(row) for row in await rows_of(tx, mine.order_by(_APPEAL.c.id))]


async def appeals_of(tx: Tx, campaign_id: int, friend_ids: Iterable[int]) -> dict[int, Appeal]:
    """What was asked last about each of these friends."""
    theirs = select(_APPEAL).where(_APPEAL.c.campaign_id == campaign_id).order_by(_APPEAL.c.id)
    return {row.friend_id: _appeal(row) for row in await rows_among(tx, theirs, _APPEAL.c.friend_id, set(friend_ids))}


async def open_appeals(tx: Tx, campaign_id: int, *, limit: int) -> list[Appeal]:
    """What still waits for an answer, the oldest first; without what has settled itself."""
    same = (_REFERRAL.c.friend_id == _APPEAL.c.friend_id) & (_REFERRAL.c.campaign_id == _APPEAL.c.campaign_id)
    is_open = (_APPEAL.c.campaign_id == campaign_id, _APPEAL.c.answered_at.is_(None))
    query = select(_APPEAL).join(_REFERRAL, same & (_REFERRAL.c.judgements == _APPEAL.c.judgement)).where(*is_open)
    return [_appeal(row) for row in await rows_of(tx, query.order_by(_APPEAL.c.id).limit(limit))]


async def answer(tx: Tx, campaign_id: int, friend_id: int, *, counts: bool, now: datetime) -> None:
    """Everything that was asked about this friend and is open has this answer."""
    theirs = (_APPEAL.c.campaign_id == campaign_id, _APPEAL.c.friend_id == friend_id, _APPEAL.c.answered_at.is_(None))
    await tx.execute(update(_APPEAL).where(*theirs).values(answered_at=now, counts=counts))


def _appeal(row: Any) -> Appeal:
    return Appeal(**{name: getattr(row, name) for name in Appeal.__slots__})

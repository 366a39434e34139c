"""What organizers are shown: friends who may be one of several advocates', and joins that nobody can explain."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core import members, referrals
from core.arrivals.store import ARRIVAL
from core.attribution.rules import Confidence
from core.campaign.values import Platform
from core.database import Tx, rows_of, spelled, table_of
from core.members import Member
from core.members.table import AccountRow
from core.referrals import Reason
from core.referrals.table import ReferralRow

_REFERRAL = table_of(ReferralRow)
_ACCOUNT = table_of(AccountRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An advocate who may have brought the friend, and the link."""

    code: str
    advocate: Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """A friend who came through one of these, or perhaps through none of them."""

    friend: Member
    joined_at: datetime
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unattributed:
    """Somebody came, and nobody knows how. `reconciled`: found afterwards, nobody heard them come."""

    chat_id: int
    member_id: int
    name: str
    joined_at: datetime
    reconciled: bool


async def unsure(tx: Tx, campaign_id: int, *, limit: int) -> list[Unsure]:
    """The newest friends of whom somebody has to say whose they are; see `core.intake.decide`."""
    held = (_REFERRAL.c.campaign_id == campaign_id, _REFERRAL.c.status == spelled("held"))
    query = select(_REFERRAL.c.friend_id).where(*held, _REFERRAL.c.reason == Reason.UNSURE_WHO.value)
    friends = [row.friend_id for row in await rows_of(tx, query.order_by(_REFERRAL.c.id.desc()).limit(limit))]
    touches = await referrals.touches_of(tx, friends)
    open_ = {
        friend: [each for each in touches.get((campaign_id, friend), ()) if each.confidence is Confidence.AMBIGUOUS]
        for friend in friends
    }
    people = await members.by_id(tx, {*friends, *(each.advocate for some in open_.values() for each in some)})
    return [
        Unsure(
            friend=people[friend],
            joined_at=min(each.at for each in some),
            candidates=tuple(
                Candidate(code=each.code, advocate=people[each.advocate])
                for each in sorted(some, key=lambda touch: (touch.at, touch.code))
                if each.advocate in people
            ),
        )
        for friend, some in open_.items()
        if some and friend in people
    ]


async def unattributed(tx: Tx, chat_ids: Iterable[int], *, limit: int) -> list[Unattributed]:
    """The newest joins into these chats of which nobody knows how they came about."""
    shown = select(ARRIVAL.c.chat_id, ARRIVAL.c.joined_at, ARRIVAL.c.reconciled, _ACCOUNT.c.member_id, _ACCOUNT.c.name)
    joined = shown.join(_ACCOUNT, _ACCOUNT.c.id == ARRIVAL.c.account_id)
    here = (ARRIVAL.c.chat_id.in_(sorted(set(chat_ids))), ARRIVAL.c.state == spelled("unattributed"))
    newest = joined.where(*here, _ACCOUNT.c.platform == Platform.DISCORD.value).order_by(ARRIVAL.c.joined_at.desc())
    return [Unattributed(**row._mapping) for row in await rows_of(tx, newest.limit(limit))]

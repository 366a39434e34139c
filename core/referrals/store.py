"""Reading and keeping referrals, touches and claims, many at a time."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, update

from core.attribution.rules import Confidence, Touch
from core.database import Conflict, Tx, among, insert_new, insert_rows, rows_among, rows_of, table_of
from core.members import same_person
from core.referrals.table import ClaimRow, ReferralRow, TouchRow
from core.referrals.values import Reason, Status

_TOUCH = table_of(TouchRow)
_CLAIM = table_of(ClaimRow)
_REFERRAL = table_of(ReferralRow)
_TOUCHES, _CLAIMS, _REFERRALS = select(_TOUCH), select(_CLAIM), select(_REFERRAL)
_SURELY = _REFERRAL.c.confidence.in_([each.value for each in Confidence if each.pays])
_OF_WHICH = (_REFERRAL.c.advocate_id, _REFERRAL.c.version, _REFERRAL.c.status, _REFERRAL.c.reason)
_BROUGHT = select(*_OF_WHICH, func.count().label("n")).group_by(*_OF_WHICH)


@dataclass(slots=True, kw_only=True)
class Referral:
    """A friend's referral in a campaign as it stands. `version`: the campaign's rules that hold for it.

    `channel`: the variant of the link by which the friend came. `arrived_at`: when they were there first.
    `met_at`: since when everything holds that is asked of the friend. `qualified_at`: when it counted first, whatever
    came of it. `reversed_from`: what it was before it was reversed. `ruled`: an organizer's word on whether it counts.
    """

    campaign_id: int
    friend_id: int
    advocate_id: int
    code: str | None
    version: int
    confidence: Confidence
    status: Status
    reason: Reason
    judgements: int
    since_at: datetime
    look_at: datetime | None
    channel: str | None = None
    arrived_at: datetime | None = None
    reversed_from: Status | None = None
    met_at: datetime | None = None
    qualified_at: datetime | None = None
    ruled: bool | None = None

    @property
    def counts(self) -> bool:
        """Whether it counts for the advocate now: towards rewards, standings and everything else."""
        return self.status.is_good and self.reason is not Reason.OVER_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenClaim:
    """A friend named an advocate; `confirmed` is None until the advocate has answered."""

    id: int
    campaign_id: int
    friend_id: int
    advocate_id: int
    asked_at: datetime
    confirmed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """How many referrals of an advocate stand alike in a campaign, under one version of its rules."""

    advocate_id: int
    version: int
    status: Status
    reason: Reason
    n: int

    @property
    def counts(self) -> bool:
        """Whether they count for the advocate."""
        return self.status.is_good and self.reason is not Reason.OVER_LIMIT


async def keep_touches(tx: Tx, touches: Iterable[tuple[int, int, Touch]]) -> None:
    """Keep signs as they are known now: campaign, the member who met the link, and the touch."""
    names = ("campaign_id", "member_id", "advocate_id", "code", "at", "channel", "confidence", "entered")
    rows = (
        (
            campaign,
            friend,
            touch.advocate,
            touch.code,
            touch.at,
            touch.channel,
            touch.confidence.value,
            touch.entered,
        )
        for campaign, friend, touch in touches
    )
    await insert_rows(tx, _TOUCH, names, rows, conflict=Conflict.REPLACE, key=("member_id", "code", "at"))


async def touches_of(tx: Tx, member_ids: Iterable[int]) -> dict[tuple[int, int], list[Touch]]:
    """The signs of these members, by (campaign, member)."""
    found: dict[tuple[int, int], list[Touch]] = {}
    for row in await rows_among(tx, _TOUCHES, _TOUCH.c.member_id, set(member_ids)):
        found.setdefault((row.campaign_id, row.member_id), []).append(_touch(row))
    return found


async def claims_of(tx: Tx, member_ids: Iterable[int]) -> dict[tuple[int, int], list[OpenClaim]]:
    """The claims these friends made, by (campaign, friend)."""
    found: dict[tuple[int, int], list[OpenClaim]] = {}
    for row in await rows_among(tx, _CLAIMS, _CLAIM.c.friend_id, set(member_ids)):
        found.setdefault((row.campaign_id, row.friend_id), []).append(_claim(row))
    return found


async def claim(tx: Tx, campaign_id: int, *, friend_id: int, advocate_id: int, now: datetime) -> OpenClaim:
    """Keep that the friend named this advocate; the same again is the same claim."""
    key = {"campaign_id": campaign_id, "friend_id": friend_id, "advocate_id": advocate_id}
    await insert_new(tx, _CLAIM, [{**key, "asked_at": now}])
    return _claim((await rows_of(tx, select(_CLAIM).filter_by(**key)))[0])


async def get_claim(tx: Tx, claim_id: int) -> OpenClaim | None:
    """The claim with this id."""
    rows = await rows_of(tx, select(_CLAIM).where(_CLAIM.c.id == claim_id))
    return _claim(rows[0]) if rows else None


async def settle_claim(tx: Tx, claim_id: int, *, confirmed: bool, now: datetime) -> None:
    """Keep the advocate's answer; the first one stays."""
    where = (_CLAIM.c.id == claim_id, _CLAIM.c.answered_at.is_(None))
    await tx.execute(update(_CLAIM).where(*where).values(confirmed=confirmed, answered_at=now))


async def of_friends(tx: Tx, member_ids: Iterable[int]) -> dict[tuple[int, int], Referral]:
    """The referrals in which these members are the friend, by (campaign, friend)."""
    rows = await rows_among(tx, _REFERRALS, _REFERRAL.c.friend_id, set(member_ids))
    return {(row.campaign_id, row.friend_id): _referral(row) for row in rows}


async def of_advocate(
    tx: Tx,
    campaign_id: int,
    advocate_id: int,
    *,
    limit: int,
    skip: int = 0,
    statuses: Collection[Status] = tuple(Status),
) -> list[Referral]:
    """The advocate's newest referrals in the campaign, by whichever of the person's accounts, after the first `skip`.

    A friend who came through one of several, and nobody knows whom, is none of theirs.
    """
    query = select(_REFERRAL).where(*_of(campaign_id, advocate_id, statuses)).order_by(_REFERRAL.c.id.desc())
    return [_referral(row) for row in await rows_of(tx, query.limit(limit).offset(skip))]


async def newest(tx: Tx, campaign_id: int, *, limit: int, before: int | None = None) -> list[tuple[int, Referral]]:
    """The campaign's newest referrals with their numbers, or the newest ones before a number."""
    query = select(_REFERRAL).where(_REFERRAL.c.campaign_id == campaign_id)
    if before is not None:
        query = query.where(_REFERRAL.c.id < before)
    rows = await rows_of(tx, query.order_by(_REFERRAL.c.id.desc()).limit(limit))
    return [(row.id, _referral(row)) for row in rows]


async def count_of_advocate(
    tx: Tx, campaign_id: int, advocate_id: int, *, statuses: Collection[Status] = tuple(Status)
) -> int:
    """How many referrals `of_advocate` would find."""
    theirs = _of(campaign_id, advocate_id, statuses)
    return int((await tx.execute(select(func.count()).select_from(_REFERRAL).where(*theirs))).scalar_one())


def _of(campaign_id: int, advocate_id: int, statuses: Collection[Status]) -> tuple[ColumnElement[bool], ...]:
    """An advocate's referrals, by whichever of the person's accounts, that stand so."""
    theirs = (_REFERRAL.c.campaign_id == campaign_id, _REFERRAL.c.advocate_id.in_(same_person(advocate_id)), _SURELY)
    standing = () if len(statuses) == len(Status) else (_REFERRAL.c.status.in_([each.value for each in statuses]),)
    return (*theirs, *standing)


async def of_advocates(tx: Tx, campaign_id: int, advocate_ids: Iterable[int]) -> list[Brought]:
    """How many referrals each of these members has in the campaign by their own account, by version and standing."""
    where = (_REFERRAL.c.campaign_id == campaign_id, among(tx, _REFERRAL.c.advocate_id, set(advocate_ids)))
    rows = await rows_of(tx, _BROUGHT.where(*where))
    return [
        Brought(
            advocate_id=row.advocate_id,
            version=row.version,
            status=Status(row.status),
            reason=Reason(row.reason),
            n=row.n,
        )
        for row in rows
    ]


async def counted_since(tx: Tx, campaign_id: int, advocate_ids: Iterable[int], *, since: datetime) -> dict[int, int]:
    """How many friends that count now began to count at that time or later, by the advocate's account."""
    mine = (_REFERRAL.c.campaign_id == campaign_id, among(tx, _REFERRAL.c.advocate_id, set(advocate_ids)))
    good = (
        _REFERRAL.c.status.in_([status.value for status in Status if status.is_good]),
        _REFERRAL.c.reason != Reason.OVER_LIMIT.value,
        _REFERRAL.c.qualified_at >= since,
    )
    query = select(_REFERRAL.c.advocate_id, func.count().label("n")).where(*mine, *good)
    return {row.advocate_id: row.n for row in await rows_of(tx, query.group_by(_REFERRAL.c.advocate_id))}


async def due(tx: Tx, *, now: datetime, limit: int) -> list[tuple[int, int]]:
    """The (campaign, friend) of referrals that time alone may have changed, longest waiting first."""
    query = select(_REFERRAL.c.campaign_id, _REFERRAL.c.friend_id).where(_REFERRAL.c.look_at <= now)
    rows = await rows_of(tx, query.order_by(_REFERRAL.c.look_at, _REFERRAL.c.id).limit(limit))
    return [(row.campaign_id, row.friend_id) for row in rows]


async def wake(tx: Tx, campaign_id: int, *, now: datetime) -> None:
    """Have every pending referral of the campaign looked at again."""
    where = (_REFERRAL.c.campaign_id == campaign_id, _REFERRAL.c.status == Status.PENDING)
    await tx.execute(update(_REFERRAL).where(*where).values(look_at=now))


async def wake_friends(tx: Tx, campaign_id: int, *, now: datetime, at_once: int, apart: timedelta) -> int:
    """Have everybody who surely came through an advocate looked at again, so many at a time; say how many there are.

    Those who are looked at sooner anyhow are left as they are.
    """
    standing = _REFERRAL.c.status.in_([Status.PENDING.value, Status.QUALIFIED.value, Status.REWARDED.value])
    where = (_REFERRAL.c.campaign_id == campaign_id, standing, _SURELY)
    ids = [row.id for row in await rows_of(tx, select(_REFERRAL.c.id).where(*where).order_by(_REFERRAL.c.id))]
    for at in range(0, len(ids), at_once):
        look_at = now + at // at_once * apart
        later = _REFERRAL.c.look_at.is_(None) | (_REFERRAL.c.look_at > look_at)
        these = among(tx, _REFERRAL.c.id, ids[at : at + at_once])
        await tx.execute(update(_REFERRAL).where(these, later).values(look_at=look_at))
    return len(ids)


async def keep(tx: Tx, changed: Mapping[tuple[int, int], Referral]) -> None:
    """Write these referrals, by (campaign, friend)."""
    rows = map(attrgetter(*Referral.__slots__), changed.values())
    key = ("friend_id", "campaign_id")
    await insert_rows(tx, _REFERRAL, Referral.__slots__, rows, conflict=Conflict.REPLACE, key=key)


def _touch(row: Row[Any]) -> Touch:
    return Touch(row.advocate_id, row.code, row.at, row.channel, Confidence(row.confidence), row.entered)


def _referral(row: Row[Any]) -> Referral:
    return Referral(
        campaign_id=row.campaign_id,
        friend_id=row.friend_id,
        advocate_id=row.advocate_id,
        code=row.code,
        version=row.version,
        confidence=Confidence(row.confidence),
        status=Status(row.status),
        reason=Reason(row.reason),
        judgements=row.judgements,
        since_at=row.since_at,
        look_at=row.look_at,
        channel=row.channel,
        arrived_at=row.arrived_at,
        reversed_from=Status(row.reversed_from) if row.reversed_from else None,
        met_at=row.met_at,
        qualified_at=row.qualified_at,
        ruled=row.ruled,
    )


def _claim(row: Row[Any]) -> OpenClaim:
    return OpenClaim(
        id=row.id,
        campaign_id=row.campaign_id,
        friend_id=row.friend_id,
        advocate_id=row.advocate_id,
        asked_at=row.asked_at,
        confirmed=row.confirmed,
    )

"""Who an announcement is for."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select, union, union_all

from core import chats, members
from core.campaign.values import Platform
from core.chats.table import MembershipRow
from core.database import Tx, rows_of, table_of
from core.links.table import LinkRow
from core.members import Member
from core.members.table import AccountRow, MemberRow

_LINK, _MEMBERSHIP = table_of(LinkRow), table_of(MembershipRow)
_MEMBER, _ACCOUNT = table_of(MemberRow), table_of(AccountRow)
_OTHER = _MEMBER.alias("other")


class Audience(StrEnum):
    """The advocates, or these and everybody who is in one of the campaign's communities."""

    ADVOCATES = "advocates"
    EVERYBODY = "everybody"


async def count(tx: Tx, campaign_id: int, audience: Audience) -> dict[Platform, int]:
    """How many people of this audience can be written to, each where they would be: on Telegram if they are there."""
    candidates = union(*await _members(tx, campaign_id, audience)).subquery()
    person = func.coalesce(_MEMBER.c.merged_into, _MEMBER.c.id).label("person")
    concerned = select(person, _MEMBER.c.id, _MEMBER.c.merged_into).join_from(
        candidates, _MEMBER, _MEMBER.c.id == candidates.c.member_id
    )
    own, of_others = concerned.subquery(), concerned.where(_MEMBER.c.merged_into.is_not(None)).subquery()
    by_account = union_all(
        select(own.c.person, _ACCOUNT.c.platform)
        .join_from(own, _ACCOUNT, _ACCOUNT.c.member_id == own.c.id)
        .join(_OTHER, _OTHER.c.id == own.c.id)
        .where(*_writable()),
        select(of_others.c.person, _ACCOUNT.c.platform)
        .join_from(of_others, _OTHER, _OTHER.c.merged_into == of_others.c.merged_into)
        .join(_ACCOUNT, _ACCOUNT.c.member_id == _OTHER.c.id)
        .where(*_writable()),
    ).subquery()
    where = select(by_account.c.person, func.max(by_account.c.platform).label("platform")).group_by(by_account.c.person)
    each = where.subquery()
    counted = select(each.c.platform, func.count().label("n")).group_by(each.c.platform)
    return {Platform(row.platform): row.n for row in await rows_of(tx, counted)}


async def following(
    tx: Tx, campaign_id: int, audience: Audience, *, after: int, upto: int, limit: int
) -> tuple[list[int], bool]:
    """The next members of this audience by their numbers, and whether there are more."""
    found: set[int] = set()
    for query in await _members(tx, campaign_id, audience):
        number = query.selected_columns.member_id
        piece = query.where(number > after, number <= upto).distinct().order_by(number).limit(limit)
        found.update(row.member_id for row in await rows_of(tx, piece))
    return sorted(found)[:limit], len(found) >= limit


async def writable(tx: Tx, member_ids: Sequence[int], platform: Platform) -> dict[int, Member]:
    """How the persons behind these members can be written to on this platform; left out: who cannot, or said stop."""
    accounts = set(member_ids) | set(await members.persons(tx, member_ids))
    found: dict[int, Member] = {}
    for _, member in sorted((await members.by_id(tx, accounts)).items()):
        if member.account.platform is platform and member.reachable and member.reminders and not member.is_bot:
            found.setdefault(member.person, member)
    return found


async def persons_of(tx: Tx, member_ids: Iterable[int]) -> dict[int, int]:
    """The person behind each of these members."""
    ids = list(member_ids)
    return {each: each for each in ids} | {
        member: person for member, person in (await members.persons(tx, ids)).items() if member in set(ids)
    }


async def _members(tx: Tx, campaign_id: int, audience: Audience) -> list[Select[Any]]:
    """Queries that find them, each by the member's number."""
    advocates = select(_LINK.c.member_id).where(_LINK.c.campaign_id == campaign_id)
    if audience is Audience.ADVOCATES:
        return [advocates]
    there = [chat.id for chat in (await chats.communities_of(tx, [campaign_id])).get(campaign_id, {}).values()]
    present = select(_MEMBERSHIP.c.member_id).where(_MEMBERSHIP.c.chat_id.in_(there), _MEMBERSHIP.c.present.is_(True))
    return [advocates, present]


def _writable() -> tuple[Any, ...]:
    return _ACCOUNT.c.reachable.is_(True), _ACCOUNT.c.is_bot.is_(False), _OTHER.c.reminders.is_(True)

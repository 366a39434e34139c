"""Personal links: one for each advocate in a campaign, under a code that cannot be guessed."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from core.database import Conflict, Tx, insert_new, insert_rows, rows_among, rows_of, table_of
from core.links.table import InviteRow, LinkRow
from core.members.table import MemberRow

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
"""Letters and digits that nobody mistakes for each other, all allowed in every platform's links."""

CODE_LENGTH = 11
"""57 ** 11 is more than 2 ** 64: too many to try (failures.md, A7)."""

_LINK = table_of(LinkRow)
_INVITE = table_of(InviteRow)
_MEMBER = table_of(MemberRow)
_PERSON = func.coalesce(_MEMBER.c.merged_into, _MEMBER.c.id).label("person")
_LINKS = select(_LINK)
_INVITES = select(_INVITE.c.url, _INVITE.c.code)


@dataclass(frozen=True, slots=True)
class Link:
    """`parent`: the code of the link that brought its owner; None if no link did, or nobody knows."""

    code: str
    campaign_id: int
    member_id: int
    parent: str | None = None


def new_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """A fresh code."""
    return "".join(choose(ALPHABET) for _ in range(CODE_LENGTH))


def is_code(text: str) -> bool:
    """Whether this could be a code at all."""
    return len(text) == CODE_LENGTH and all(letter in ALPHABET for letter in text)


async def by_code(tx: Tx, codes: Iterable[str]) -> dict[str, Link]:
    """The links with these codes; unknown codes are left out."""
    wanted = {code for code in codes if is_code(code)}
    if not wanted:
        return {}
    return {row.code: _link(row) for row in await rows_among(tx, _LINKS, _LINK.c.code, wanted)}


async def of_members(tx: Tx, member_ids: Iterable[int]) -> dict[tuple[int, int], Link]:
    """The links these members have, by (campaign, member)."""
    rows = await rows_among(tx, _LINKS, _LINK.c.member_id, set(member_ids))
    return {(row.campaign_id, row.member_id): _link(row) for row in rows}


async def advocates(tx: Tx, campaign_id: int, *, after: int, limit: int) -> tuple[dict[int, list[int]], bool]:
    """The members who have a link in the campaign, by person, in the order of these: at most so many members, of the
    persons after this one; and whether there are more.
    """
    theirs = select(_PERSON, _LINK.c.member_id).join_from(_LINK, _MEMBER, _MEMBER.c.id == _LINK.c.member_id)
    here = theirs.where(_LINK.c.campaign_id == campaign_id, after < _PERSON)
    rows = await rows_of(tx, here.order_by(_PERSON, _LINK.c.member_id).limit(limit + 1))
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row.person, []).append(row.member_id)
    if len(rows) > limit:
        del found[rows[-1].person]  # whose members may not all be among these
    return found, len(rows) > limit


async def of_several_accounts(tx: Tx, campaign_id: int) -> list[int]:
    """The advocates of the campaign who have more than one account: the numbers of the persons."""
    theirs = select(_MEMBER.c.merged_into).distinct().join_from(_LINK, _MEMBER, _MEMBER.c.id == _LINK.c.member_id)
    here = theirs.where(_LINK.c.campaign_id == campaign_id, _MEMBER.c.merged_into.is_not(None))
    return [row.merged_into for row in await rows_of(tx, here.order_by(_MEMBER.c.merged_into))]


async def add(tx: Tx, links: Iterable[Link], *, now: datetime) -> None:
    """Keep new links."""
    rows = ((link.code, link.campaign_id, link.member_id, now, link.parent) for link in links)
    names = ("code", "campaign_id", "member_id", "created_at", "parent")
    await insert_rows(tx, _LINK, names, rows, conflict=Conflict.SKIP)


async def codes_of_invites(tx: Tx, urls: Iterable[str]) -> dict[str, str]:
    """The codes that these private invitations were made for; foreign invitations are left out."""
    wanted = set(urls)
    if not wanted:
        return {}
    return {row.url: row.code for row in await rows_among(tx, _INVITES, _INVITE.c.url, wanted)}


async def invite(tx: Tx, code: str, chat_id: int) -> str | None:
    """The private invitation into this chat made for this code, if there is one."""
    query = select(_INVITE.c.url).where(_INVITE.c.code == code, _INVITE.c.chat_id == chat_id)
    rows = await rows_of(tx, query)
    return str(rows[0].url) if rows else None


async def keep_invite(tx: Tx, url: str, *, code: str, chat_id: int, now: datetime) -> None:
    """Remember whom a private invitation was made for."""
    await insert_new(tx, _INVITE, [{"url": url, "code": code, "chat_id": chat_id, "created_at": now}])


async def forget_invites(tx: Tx, chat_id: int) -> None:
    """The chat's invitations no longer work; new ones are made when needed."""
    await tx.execute(_INVITE.delete().where(_INVITE.c.chat_id == chat_id))


def _link(row: Row[Any]) -> Link:
    return Link(row.code, row.campaign_id, row.member_id, row.parent)

"""Reading and keeping memberships, many at a time."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, bindparam, select

from core.campaign.values import Account, Platform
from core.chats.rules import Membership
from core.chats.table import MembershipRow
from core.database import Conflict, Tx, insert_rows, rows_among, table_of
from core.members.table import AccountRow

_MEMBERSHIP = table_of(MembershipRow)
_ACCOUNT = table_of(AccountRow)
_KEY = ("chat_id", "member_id")
_NAMES = Membership.__slots__
_MEMBERSHIPS = select(*(_MEMBERSHIP.c[name] for name in (*_KEY, *_NAMES)))
_BETWEEN = (
    select(_ACCOUNT.c.id.label("account"), _MEMBERSHIP)
    .join(_MEMBERSHIP, _MEMBERSHIP.c.member_id == _ACCOUNT.c.member_id)
    .where(_MEMBERSHIP.c.chat_id == bindparam("chat_id"), _ACCOUNT.c.platform == bindparam("platform"))
    .where(_ACCOUNT.c.id > bindparam("after"), _ACCOUNT.c.id <= bindparam("until"))
)


async def memberships_of(tx: Tx, member_ids: Iterable[int]) -> dict[tuple[int, int], Membership]:
    """What is known of these members, by (chat, member)."""
    rows = await rows_among(tx, _MEMBERSHIPS, _MEMBERSHIP.c.member_id, set(member_ids))
    return {(row[0], row[1]): Membership(**dict(zip(_NAMES, row[2:], strict=True))) for row in rows}


async def memberships_between(
    tx: Tx, chat_id: int, platform: Platform, after: int, until: int
) -> dict[Account, Membership]:
    """What is known of this chat's members whose numbers on the platform lie in that range, without its lower end."""
    among = {"chat_id": chat_id, "platform": platform.value, "after": after, "until": until}
    rows = (await tx.execute(_BETWEEN, among)).all()
    return {Account(platform=platform, id=row.account): _membership(row) for row in rows}


async def keep_memberships(tx: Tx, changed: Mapping[tuple[int, int], Membership]) -> None:
    """Write what is now known, by (chat, member)."""
    rows = ((*key, *_values(known)) for key, known in changed.items())
    await insert_rows(tx, _MEMBERSHIP, (*_KEY, *_NAMES), rows, conflict=Conflict.REPLACE, key=_KEY)


def _membership(row: Row[Any]) -> Membership:
    return Membership(**{name: getattr(row, name) for name in _NAMES})


_values = attrgetter(*_NAMES)

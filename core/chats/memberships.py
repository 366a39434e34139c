"""Reading and keeping memberships, many at a time."""

from collections.abc import Iterable, Mapping
from operator import attrgetter

from sqlalchemy import select

from core.chats.rules import Membership
from core.chats.table import MembershipRow
from core.database import Conflict, Tx, insert_rows, rows_among, table_of

_MEMBERSHIP = table_of(MembershipRow)
_MEMBERSHIPS = select(_MEMBERSHIP)
_KEY = ("chat_id", "member_id")
_NAMES = Membership.__slots__


async def memberships_of(tx: Tx, member_ids: Iterable[int]) -> dict[tuple[int, int], Membership]:
    """What is known of these members, by (chat, member)."""
    rows = await rows_among(tx, _MEMBERSHIPS, _MEMBERSHIP.c.member_id, set(member_ids))
    return {(row.chat_id, row.member_id): Membership(**{name: getattr(row, name) for name in _NAMES}) for row in rows}


async def keep_memberships(tx: Tx, changed: Mapping[tuple[int, int], Membership]) -> None:
    """Write what is now known, by (chat, member)."""
    rows = ((*key, *_values(known)) for key, known in changed.items())
    await insert_rows(tx, _MEMBERSHIP, (*_KEY, *_NAMES), rows, conflict=Conflict.REPLACE, key=_KEY)


_values = attrgetter(*_NAMES)

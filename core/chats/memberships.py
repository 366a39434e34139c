"""Reading and keeping memberships, many at a time."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from core.chats.rules import Membership
from core.chats.table import MembershipRow
from core.database import Tx, among, rows_of, table_of, upsert

_MEMBERSHIP = table_of(MembershipRow)
_NAMES = Membership.__slots__


async def memberships_of(tx: Tx, member_ids: Iterable[int]) -> dict[tuple[int, int], Membership]:
    """What is known of these members, by (chat, member)."""
    rows = await rows_of(tx, select(_MEMBERSHIP).where(among(tx, _MEMBERSHIP.c.member_id, set(member_ids))))
    return {(row.chat_id, row.member_id): Membership(**{name: getattr(row, name) for name in _NAMES}) for row in rows}


async def keep_memberships(tx: Tx, changed: Mapping[tuple[int, int], Membership]) -> None:
    """Write what is now known, by (chat, member)."""
    if not changed:
        return
    insert = upsert(tx, _MEMBERSHIP)
    rows = [
        {"chat_id": chat_id, "member_id": member_id, **{name: getattr(known, name) for name in _NAMES}}
        for (chat_id, member_id), known in changed.items()
    ]
    values = {name: insert.excluded[name] for name in _NAMES}
    await tx.execute(insert.on_conflict_do_update(index_elements=["chat_id", "member_id"], set_=values), rows)

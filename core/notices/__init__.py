"""Notices: what a person who cannot be written to is shown when they next ask for something.

A reward that a notice carries is not lost with it: until it is delivered, the grant waits for the member.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select

from core.campaign.values import Account, Platform
from core.database import Conflict, Tx, among, insert_rows, lock_rows, rows_among, rows_of, table_of
from core.notices.table import NoticeRow

KEPT_FOR = timedelta(days=30)

_NOTICE = table_of(NoticeRow)
_column = _NOTICE.c
_CAUSES = select(_column.grant_cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to show, spelled as in the outbox. `grant_cause`: the reward that is handed over by showing it."""

    key: str
    content: dict[str, Any]
    grant_cause: str | None = None


async def put(tx: Tx, account: Account, notices: Sequence[Notice], *, now: datetime) -> None:
    """Keep these for the account. One that is there already is left as it is."""
    names = ("key", "platform", "account", "content", "grant_cause", "kept_at")
    rows = ((each.key, account.platform.value, account.id, each.content, each.grant_cause, now) for each in notices)
    await insert_rows(tx, _NOTICE, names, rows, conflict=Conflict.SKIP)


async def take(tx: Tx, accounts: Iterable[Account], *, limit: int) -> dict[Account, list[Notice]]:
    """What these accounts are to be shown now, and nobody else will show them: rewards first, then the oldest.

    Whoever has more than `limit` is shown the rest another time.
    """
    found: dict[Account, list[Notice]] = {}
    taken: list[int] = []
    for row in await _waiting(tx, accounts):
        shown = found.setdefault(Account(platform=Platform(row.platform), id=row.account), [])
        if len(shown) < limit:
            shown.append(Notice(key=row.key, content=row.content, grant_cause=row.grant_cause))
            taken.append(row.id)
    if taken:
        await tx.execute(delete(_NOTICE).where(among(tx, _column.id, taken)))
    return found


async def carried(tx: Tx, causes: Iterable[str]) -> set[str]:
    """Those of these rewards that a notice carries already."""
    return {row.grant_cause for row in await rows_among(tx, _CAUSES, _column.grant_cause, set(causes))}


async def drop(tx: Tx, keys: Iterable[str]) -> None:
    """What these say is true no more."""
    gone = set(keys)
    if gone:
        await tx.execute(delete(_NOTICE).where(among(tx, _column.key, gone)))


async def purge(tx: Tx, *, now: datetime) -> None:
    """Forget what nobody came for."""
    await tx.execute(delete(_NOTICE).where(_column.kept_at <= now - KEPT_FOR))


async def _waiting(tx: Tx, accounts: Iterable[Account]) -> list[Row[Any]]:
    """Rewards first, then the oldest; without those that another transaction is taking."""
    wanted, rows = list(accounts), list[Row[Any]]()
    for platform in {account.platform for account in wanted}:
        here = among(tx, _column.account, {account.id for account in wanted if account.platform is platform})
        query = select(_NOTICE).where(_column.platform == platform.value, here)
        ordered = query.order_by(_column.grant_cause.is_(None), _column.id)
        rows += await rows_of(tx, lock_rows(tx, ordered, skip=True))
    return rows

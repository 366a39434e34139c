"""Taking back what waits in the outbox. What is being sent this moment is not touched: nobody could undo that."""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, select

from core.campaign.values import Account, Platform
from core.database import Tx, among, rows_of, table_of
from core.outbox.table import OutboxRow

_outbox = table_of(OutboxRow)
_column = _outbox.c


async def withdraw(tx: Tx, keys: Iterable[str]) -> set[str]:
    """Remove those of these that wait; say which they were."""
    wanted = sorted(keys)
    if not wanted:
        return set()
    mine = (among(tx, _column.key, wanted), _column.state == "waiting")
    gone = await tx.execute(delete(_outbox).where(*mine).returning(_column.key))
    return set(gone.scalars().all())


async def under_way(tx: Tx, keys: Iterable[str]) -> set[str]:
    """Those of these that wait, or are being sent."""
    wanted = sorted(keys)
    if not wanted:
        return set()
    mine = (among(tx, _column.key, wanted), _column.state != "failed")
    return {row.key for row in await rows_of(tx, select(_column.key).where(*mine))}


async def drop_news(tx: Tx, accounts: Collection[Account], kinds: Collection[str]) -> None:
    """Remove news of these kinds that waits to be brought to these accounts."""
    for platform in Platform:
        addresses = [each.id for each in accounts if each.platform is platform]
        if addresses:
            theirs = (_column.door == platform.value, _column.state == "waiting", among(tx, _column.address, addresses))
            found = await rows_of(tx, select(_column.key, _column.content).where(*theirs, _column.kind == "news"))
            await withdraw(tx, [row.key for row in found if row.content["news"] in kinds])

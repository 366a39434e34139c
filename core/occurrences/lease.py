"""The right to do what only one process at a time may do, for a while."""

from datetime import datetime

from sqlalchemy import delete, or_

from core.database import Tx, table_of, upsert
from core.occurrences.table import LeaseRow

_lease = table_of(LeaseRow)


async def hold(tx: Tx, name: str, holder: str, *, now: datetime, until: datetime) -> bool:
    """Take the lease, or keep it for longer. False if somebody else has it, and their time is not over."""
    wish = upsert(tx, _lease).values(name=name, holder=holder, until_at=until)
    free = or_(_lease.c.holder == holder, _lease.c.until_at <= now)
    taken = wish.on_conflict_do_update(
        index_elements=[_lease.c.name], set_={"holder": holder, "until_at": until}, where=free
    )
    return (await tx.execute(taken.returning(_lease.c.name))).first() is not None


async def release(tx: Tx, name: str, holder: str) -> None:
    """Give the lease back, for the next one to take at once. Does nothing if somebody else has it by now."""
    await tx.execute(delete(_lease).where(_lease.c.name == name, _lease.c.holder == holder))

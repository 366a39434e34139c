"""The secret of the day, shared by all processes, and thrown away."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import delete, select

from core.database import Tx, insert_new, rows_of, table_of
from core.visits.table import SaltRow

KEPT_FOR = timedelta(days=2)
"""A visit just before midnight may still be told after it."""

_SALT = table_of(SaltRow)


def day_of(now: datetime) -> date:
    """The day whose salt holds at that time, in UTC."""
    return now.astimezone(UTC).date()


async def salt_of(tx: Tx, day: date, *, now: datetime, fresh: bytes) -> bytes:
    """The day's salt: `fresh` if there is none yet. Those of days gone by are removed."""
    await insert_new(tx, _SALT, [{"day": day, "salt": fresh, "made_at": now}])
    await tx.execute(delete(_SALT).where(_SALT.c.made_at <= now - KEPT_FOR))
    return bytes((await rows_of(tx, select(_SALT.c.salt).where(_SALT.c.day == day)))[0].salt)

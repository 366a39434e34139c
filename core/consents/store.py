"""What is kept of consents."""

from datetime import datetime

from sqlalchemy import delete, select

from core.consents.rules import LASTS, Consent
from core.consents.table import SigningKeyRow, SpentRow
from core.database import Conflict, Tx, insert_new, insert_rows, rows_of, table_of

_SPENT = table_of(SpentRow)
_KEY = table_of(SigningKeyRow)


async def spend(tx: Tx, consent: Consent, *, now: datetime) -> bool:
    """Take the consent, once: False if it has been taken before."""
    row = (consent.id, now + 2 * LASTS)  # longer than the words hold in any process, whatever its clock
    return await insert_rows(tx, _SPENT, ("consent", "until"), [row], conflict=Conflict.SKIP) == 1


async def purge(tx: Tx, *, now: datetime) -> None:
    """Forget those that would be too old by now."""
    await tx.execute(delete(_SPENT).where(_SPENT.c.until <= now))


async def signing_key(tx: Tx, purpose: str, *, fresh: bytes, now: datetime) -> bytes:
    """The key that Sayso signs with where none is set: `fresh`, if there is none yet."""
    await insert_new(tx, _KEY, [{"purpose": purpose, "key": fresh, "made_at": now}])
    return bytes((await rows_of(tx, select(_KEY.c.key).where(_KEY.c.purpose == purpose)))[0].key)

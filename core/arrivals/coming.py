"""Somebody comes into a server, or is about to."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from core.arrivals import store
from core.arrivals.rules import Verdict
from core.arrivals.table import ExpectedRow
from core.arrivals.values import Arrival
from core.attribution.rules import Found, Way
from core.database import Tx, rows_of, table_of, upsert
from core.intake.facts import Traced
from core.members import Person

EXPECTED_FOR = timedelta(minutes=5)

_EXPECTED = table_of(ExpectedRow)


async def arrived(
    tx: Tx, chat_id: int, person: Person, *, joined_at: datetime, received_at: datetime, reconciled: bool = False
) -> list[Traced]:
    """Somebody came; told again, it changes nothing. `reconciled`: found afterwards, nobody heard them come.

    Of whoever was expected, it is known at once how they came: their arrival spends no invite.
    """
    if person.is_bot or await _is_known(tx, chat_id, person.account.id, joined_at):
        return []
    came = Arrival(account=person.account.id, joined_at=joined_at, received_at=received_at, reconciled=reconciled)
    row = {
        "chat_id": chat_id,
        "account_id": came.account,
        "joined_at": joined_at,
        "received_at": received_at,
        "reconciled": reconciled,
        "tries": 0,
    }
    expected = await _expected(tx, came, chat_id)
    if expected is None:
        await tx.execute(insert(store.ARRIVAL), {**row, "state": "open", "told": 0})
        await store.look_now(tx, chat_id, now=received_at)
        return []
    ways = [[expected.code, expected.channel]]
    await tx.execute(insert(store.ARRIVAL), {**row, "state": Found.EXACT.value, "told": 1, "ways": ways})
    verdict = Verdict(arrival=came, found=Found.EXACT, ways=(expected,))
    return [store.traced(verdict, None, person, guild=await store.native_id(tx, chat_id), how="consent")]


async def expect(tx: Tx, chat_id: int, account: int, link_code: str, channel: str | None, *, now: datetime) -> None:
    """This account consented on the page of a link, and is let in next. To be committed before it is."""
    row = {"link_code": link_code, "channel": channel, "until": now + EXPECTED_FOR}
    put = upsert(tx, _EXPECTED).on_conflict_do_update(index_elements=["chat_id", "account_id"], set_=row)
    await tx.execute(put, {"chat_id": chat_id, "account_id": account, **row})


async def not_expected(tx: Tx, chat_id: int, account: int) -> None:
    """It was not let in, or was there already."""
    await tx.execute(delete(_EXPECTED).where(_EXPECTED.c.chat_id == chat_id, _EXPECTED.c.account_id == account))


async def _is_known(tx: Tx, chat_id: int, account: int, joined_at: datetime) -> bool:
    key = (store.ARRIVAL.c.chat_id == chat_id, store.ARRIVAL.c.account_id == account)
    return bool(await rows_of(tx, select(store.ARRIVAL.c.state).where(*key, store.ARRIVAL.c.joined_at == joined_at)))


async def _expected(tx: Tx, came: Arrival, chat_id: int) -> Way | None:
    key = (_EXPECTED.c.chat_id == chat_id, _EXPECTED.c.account_id == came.account)
    rows = await rows_of(tx, select(_EXPECTED).where(*key, _EXPECTED.c.until >= came.joined_at))
    if not rows:
        return None
    await not_expected(tx, chat_id, came.account)
    return Way(rows[0].link_code, rows[0].channel)

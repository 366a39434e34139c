"""Somebody comes into a server, or is about to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, delete, select

from core.arrivals import store
from core.arrivals.rules import Verdict
from core.arrivals.store import ARRIVAL
from core.arrivals.table import ExpectedRow
from core.arrivals.values import Arrival
from core.attribution.rules import Found, Way
from core.database import Tx, insert_rows, rows_among, table_of, upsert
from core.intake.facts import Traced
from core.members import Person

EXPECTED_FOR = timedelta(minutes=5)

_EXPECTED = table_of(ExpectedRow)
_STAYS = select(ARRIVAL.c.account_id, ARRIVAL.c.joined_at).where(ARRIVAL.c.chat_id == bindparam("chat"))
_ARE_EXPECTED = select(_EXPECTED).where(_EXPECTED.c.chat_id == bindparam("chat"))
_NEW = ("chat_id", "account_id", "joined_at", "received_at", "reconciled", "tries", "state", "told", "ways")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Somebody came. `reconciled`: found afterwards, nobody heard them come."""

    chat_id: int
    person: Person
    joined_at: datetime
    received_at: datetime
    reconciled: bool = False


async def arrived(tx: Tx, comings: Iterable[Coming]) -> list[Traced]:
    """These people came, in this order; told again, it changes nothing.

    Of whoever was expected, it is known at once how they came: their arrival spends no invite.
    """
    people = sorted((each for each in comings if not each.person.is_bot), key=_chat_of)
    return [
        traced for chat_id, some in groupby(people, key=_chat_of) for traced in await _arrived(tx, chat_id, [*some])
    ]


async def expect(tx: Tx, chat_id: int, account: int, link_code: str, channel: str | None, *, now: datetime) -> None:
    """This account consented on the page of a link, and is let in next. To be committed before it is."""
    row = {"link_code": link_code, "channel": channel, "until": now + EXPECTED_FOR}
    put = upsert(tx, _EXPECTED).on_conflict_do_update(index_elements=["chat_id", "account_id"], set_=row)
    await tx.execute(put, {"chat_id": chat_id, "account_id": account, **row})


async def not_expected(tx: Tx, chat_id: int, account: int) -> None:
    """It was not let in, or was there already."""
    await tx.execute(delete(_EXPECTED).where(_EXPECTED.c.chat_id == chat_id, _EXPECTED.c.account_id == account))


async def _arrived(tx: Tx, chat_id: int, comings: Sequence[Coming]) -> list[Traced]:
    """Everybody who came into one server."""
    new = await _unknown(tx, chat_id, comings)
    expected = await _take_expected(tx, chat_id, new)
    await insert_rows(tx, ARRIVAL, _NEW, [_row(new[stay], expected.get(stay)) for stay in sorted(new)])
    heard = [each.received_at for stay, each in new.items() if stay not in expected]
    if heard:
        await store.look_now(tx, chat_id, now=min(heard))
    if not expected:
        return []
    guild = await store.native_id(tx, chat_id)
    return [_traced(new[stay], way, guild=guild) for stay, way in expected.items()]


_Stay = tuple[int, datetime]
"""An account, and when it came."""


async def _unknown(tx: Tx, chat_id: int, comings: Sequence[Coming]) -> dict[_Stay, Coming]:
    accounts = {each.person.account.id for each in comings}
    rows = await rows_among(tx, _STAYS, ARRIVAL.c.account_id, accounts, chat=chat_id)
    known = {(row.account_id, row.joined_at) for row in rows}
    new: dict[_Stay, Coming] = {}
    for each in comings:
        stay = (each.person.account.id, each.joined_at)
        if stay not in known:
            new.setdefault(stay, each)
    return new


async def _take_expected(tx: Tx, chat_id: int, new: dict[_Stay, Coming]) -> dict[_Stay, Way]:
    """Those of them who were expected, each for one arrival."""
    rows = await rows_among(tx, _ARE_EXPECTED, _EXPECTED.c.account_id, {account for account, _ in new}, chat=chat_id)
    waited_for = {row.account_id: row for row in rows}
    found: dict[_Stay, Way] = {}
    for account, joined_at in new:
        row = waited_for.get(account)
        if row is not None and row.until >= joined_at:
            del waited_for[account]
            found[account, joined_at] = Way(row.link_code, row.channel)
            await not_expected(tx, chat_id, account)
    return found


def _row(each: Coming, expected: Way | None) -> tuple[Any, ...]:
    came = (each.chat_id, each.person.account.id, each.joined_at, each.received_at, each.reconciled, 0)
    if expected is None:
        return *came, "open", 0, None
    return *came, Found.EXACT.value, 1, [[expected.code, expected.channel]]


def _traced(each: Coming, way: Way, *, guild: int) -> Traced:
    came = Arrival(
        account=each.person.account.id,
        joined_at=each.joined_at,
        received_at=each.received_at,
        reconciled=each.reconciled,
    )
    verdict = Verdict(arrival=came, found=Found.EXACT, ways=(way,))
    return store.traced(verdict, None, each.person, guild=guild, how="consent")


_chat_of = attrgetter("chat_id")

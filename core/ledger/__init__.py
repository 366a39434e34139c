"""The ledger: points move between accounts and are never made from nothing, changed or removed.

A row is both sides of a transfer, so all accounts together always hold nothing. `brand` is where points come from: as
many go to the `budget` as the campaign may give, if it limits them. What is given goes on to a member's `purse`, and
what is taken back to `reversed_`, from where it is given again. The database refuses to change or remove a row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import func, select

from core.database import Tx, insert_rows, rows_among, rows_of, table_of
from core.ledger.table import LedgerRow

_LEDGER = table_of(LedgerRow)
_POINTS = select(_LEDGER.c.cause, _LEDGER.c.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Points from one account to another, for a cause that is spelled the same every time. Whole, above zero."""

    cause: str
    campaign_id: int
    from_account: str
    to_account: str
    points: int
    at: datetime


def budget(campaign_id: int) -> str:
    """The account that a campaign's points come from."""
    return f"budget/{campaign_id}"


def brand(campaign_id: int) -> str:
    """The account that a budget is filled from."""
    return f"brand/{campaign_id}"


def reversed_(campaign_id: int) -> str:
    """The account that holds what was taken back."""
    return f"reversed/{campaign_id}"


def purse(campaign_id: int, member_id: int) -> str:
    """The account that holds a member's points in a campaign."""
    return f"member/{campaign_id}/{member_id}"


async def post(tx: Tx, transfers: Sequence[Transfer]) -> None:
    """Add transfers. A cause that has been posted already is an error."""
    await insert_rows(tx, _LEDGER, Transfer.__slots__, map(attrgetter(*Transfer.__slots__), transfers))


async def of_causes(tx: Tx, causes: Iterable[str]) -> dict[str, int]:
    """How many points were moved for each of these causes; left out: none."""
    rows = await rows_among(tx, _POINTS, _LEDGER.c.cause, set(causes))
    return {row.cause: row.points for row in rows}


async def given(tx: Tx, campaign_id: int) -> tuple[int, int]:
    """How many points the campaign's members hold, and how many its budget has been filled with."""
    around = dict.fromkeys((brand(campaign_id), budget(campaign_id), reversed_(campaign_id)), 0)
    around.update(await balances(tx, around))
    return -sum(around.values()), -around[brand(campaign_id)]


async def balances(tx: Tx, accounts: Iterable[str] | None = None) -> dict[str, int]:
    """What each account holds: what came in less what went out."""
    held: dict[str, int] = {}
    for column, sign in ((_LEDGER.c.to_account, 1), (_LEDGER.c.from_account, -1)):
        query = select(column.label("account"), func.sum(_LEDGER.c.points).label("points")).group_by(column)
        if accounts is not None:
            query = query.where(column.in_(list(accounts)))
        for row in await rows_of(tx, query):
            held[row.account] = held.get(row.account, 0) + sign * int(row.points)
    return held

"""The codes by which somebody shows that another account is theirs too: short-lived, used once, kept only as a hash."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from core import members
from core.database import Tx, rows_of, table_of, upsert
from core.members import Member
from core.persons.table import LinkCodeRow, LinkTryRow

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Capital letters and digits that nobody mistakes for each other."""

CODE_LENGTH = 10
"""32 ** 10 is 2 ** 50: too many to try within ten minutes, and few enough to type."""

CODE_LIFE = timedelta(minutes=10)
TRIES = 5
PAUSE = timedelta(days=1)
"""After so many wrong codes within this time, no code is heard until it is over."""

_CODE, _TRY = table_of(LinkCodeRow), table_of(LinkTryRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A member made a code, and whoever uses it in time becomes the same person."""

    member: Member
    expires_at: datetime


def plain(code: str) -> str:
    """The code as it stands in addresses, however it was typed."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def is_code(text: str) -> bool:
    """Whether this could be a code at all."""
    return len(plain(text)) == CODE_LENGTH and all(letter in ALPHABET for letter in plain(text))


def shown(code: str) -> str:
    """The code as people read it: in groups."""
    return f"{plain(code)[:5]}-{plain(code)[5:]}"


async def new_offer(tx: Tx, member_id: int, *, now: datetime, choose: Callable[[str], str] = secrets.choice) -> str:
    """A fresh code of this member, as it is shown. The one made before no longer works."""
    code = "".join(choose(ALPHABET) for _ in range(CODE_LENGTH))
    row = {"hash": _hash(code), "member_id": member_id, "expires_at": now + CODE_LIFE}
    insert = upsert(tx, _CODE).values(row)
    await tx.execute(insert.on_conflict_do_update(index_elements=["member_id"], set_=row))
    return shown(code)


async def offered(tx: Tx, code: str, *, now: datetime) -> Offer | None:
    """Who made this code; None if it is wrong, used, replaced or too old. Changes nothing."""
    where = (_CODE.c.hash == _hash(code), _CODE.c.expires_at > now)
    rows = await rows_of(tx, select(_CODE).where(*where)) if is_code(code) else []
    if not rows:
        return None
    made_by = (await members.by_id(tx, [rows[0].member_id]))[rows[0].member_id]
    return Offer(member=made_by, expires_at=rows[0].expires_at)


async def spend(tx: Tx, code: str) -> bool:
    """The code works no more; False if it did not any longer."""
    return (await tx.execute(delete(_CODE).where(_CODE.c.hash == _hash(code)))).rowcount == 1


async def withdraw(tx: Tx, member_id: int) -> None:
    """The code that this member made, if there is one, works no more."""
    await tx.execute(delete(_CODE).where(_CODE.c.member_id == member_id))


async def may_try(tx: Tx, member_id: int, *, now: datetime) -> bool:
    """Count a try that may turn out to be wrong; False if there were too many. `forgive` one that was right."""
    first = {"member_id": member_id, "since_at": now, "n": 0}
    await tx.execute(upsert(tx, _TRY).values(first).on_conflict_do_nothing())
    over = (_TRY.c.member_id == member_id, _TRY.c.since_at <= now - PAUSE)
    await tx.execute(_TRY.update().where(*over).values(since_at=now, n=0))
    counted = _TRY.update().where(_TRY.c.member_id == member_id).values(n=_TRY.c.n + 1).returning(_TRY.c.n)
    return int((await tx.execute(counted)).scalar_one()) <= TRIES


async def forgive(tx: Tx, member_id: int) -> None:
    """The last try was no wrong one."""
    await tx.execute(_TRY.update().where(_TRY.c.member_id == member_id).values(n=_TRY.c.n - 1))


async def purge(tx: Tx, *, now: datetime) -> None:
    """Forget codes that no longer work, and tries that no longer count."""
    await tx.execute(delete(_CODE).where(_CODE.c.expires_at <= now))
    await tx.execute(delete(_TRY).where(_TRY.c.since_at <= now - PAUSE))


def _hash(code: str) -> str:
    return hashlib.sha256(plain(code).encode()).hexdigest()

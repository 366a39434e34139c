"""API keys: made once, shown once, kept only as a hash."""

import hashlib
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update

from core.campaign.table import CampaignRow
from core.database import Conflict, Database, Tx, insert_rows, rows_of, table_of
from core.errors import OperatorError
from core.keys.table import KeyRow

PREFIX = "sayso_"
"""Every secret begins with it, so that whoever looks for secrets in code and logs finds ours."""

ALPHABET = string.ascii_letters + string.digits
LENGTH = 40
"""62 ** 40 is more than 2 ** 238."""

NAME_LENGTH = 64
USED_EVERY = timedelta(hours=1)
"""When a key was last used is kept no more exactly than this: reading with a key must not become writing."""

_KEY = table_of(KeyRow)
_CAMPAIGN = table_of(CampaignRow)
_KEYS = select(_KEY, _CAMPAIGN.c.slug).outerjoin(_CAMPAIGN, _CAMPAIGN.c.id == _KEY.c.campaign_id)


class KeyNameError(OperatorError):
    """A key cannot have this name."""

    code = "key_name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key without its secret. Every key may read; with `may_write`, it may report too.

    `campaign` is the slug of the one campaign that it sees; None: it sees all.
    """

    id: int
    name: str
    may_write: bool
    campaign_id: int | None
    campaign: str | None
    created_at: datetime
    last_used_at: datetime | None

    def sees(self, campaign_id: int) -> bool:
        """Whether the campaign is there for whoever has this key."""
        return self.campaign_id in (None, campaign_id)


async def create(
    tx: Tx,
    name: str,
    *,
    campaign_id: int | None = None,
    may_write: bool = False,
    now: datetime,
    choose: Callable[[str], str] = secrets.choice,
) -> str:
    """Make a key and answer its secret, which nobody can find out again. Raises KeyNameError."""
    if not (0 < len(name) <= NAME_LENGTH and name.isprintable() and name == name.strip()):
        raise KeyNameError("that is no name for a key", fix=f"write 1 to {NAME_LENGTH} letters, such as shop")
    secret = PREFIX + "".join(choose(ALPHABET) for _ in range(LENGTH))
    names = ("name", "hash", "may_write", "campaign_id", "created_at")
    row = (name, _hash(secret), may_write, campaign_id, now)
    if not await insert_rows(tx, _KEY, names, [row], conflict=Conflict.SKIP):
        raise KeyNameError(f"there is a key {name!r} already", fix="take another name, or revoke that one first")
    return secret


async def revoke(tx: Tx, name: str) -> bool:
    """Make the key useless from now on; False if there is none of this name."""
    done = await tx.execute(delete(_KEY).where(_KEY.c.name == name))
    return done.rowcount > 0


async def every(tx: Tx) -> list[Key]:
    """The keys that work, by name."""
    return [_key(row) for row in await rows_of(tx, _KEYS.order_by(_KEY.c.name))]


async def check(db: Database, secret: str, *, now: datetime) -> Key | None:
    """The key with this secret, whatever was sent as one; None if there is none, or no more."""
    if not (secret.isascii() and secret.startswith(PREFIX)):
        return None
    async with db.read() as tx:
        key = await _find(tx, secret)
    if key is None:
        return None
    if key.last_used_at is None or key.last_used_at <= now - USED_EVERY:
        async with db.begin() as tx:
            await tx.execute(update(_KEY).where(_KEY.c.id == key.id).values(last_used_at=now))
    return key


async def _find(tx: Tx, secret: str) -> Key | None:
    rows = await rows_of(tx, _KEYS.where(_KEY.c.hash == _hash(secret)))
    return _key(rows[0]) if rows else None


def _hash(secret: str) -> str:
    """SHA-256 alone is enough: there are too many secrets to try, unlike passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: Row[Any]) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        may_write=row.may_write,
        campaign_id=row.campaign_id,
        campaign=row.slug,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )

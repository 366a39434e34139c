"""Digests: what has come since the last one, from the totals that are kept anyway."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core import totals
from core.database import Conflict, Tx, insert_rows, rows_of, table_of
from core.digests.table import DigestRow

_DIGEST = table_of(DigestRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """By how much each total has changed, and since when; None: since the campaign began."""

    at: datetime | None
    changes: dict[str, int]
    now: dict[str, int]

    def come(self, *names: str) -> int:
        """How many have come to these totals together; what was taken off them since is no news of this kind."""
        return max(0, sum(self.changes.get(name, 0) for name in names))


async def since_last(tx: Tx, campaign_id: int, name: str, *, now: datetime) -> Since:
    """What has changed since this was asked last under this name; the next time, it is since now."""
    query = select(_DIGEST.c.at, _DIGEST.c.counted).where(_DIGEST.c.campaign_id == campaign_id, _DIGEST.c.name == name)
    known = next(iter(await rows_of(tx, query)), None)
    before: dict[str, int] = known.counted if known is not None else {}
    counted = await totals.of_campaign(tx, campaign_id)
    names = ("campaign_id", "name", "at", "counted")
    key = ("campaign_id", "name")
    await insert_rows(tx, _DIGEST, names, [(campaign_id, name, now, counted)], conflict=Conflict.REPLACE, key=key)
    moved = {each: counted.get(each, 0) - before.get(each, 0) for each in counted.keys() | before.keys()}
    changes = {each: by for each, by in sorted(moved.items()) if by}
    return Since(at=known.at if known is not None else None, changes=changes, now=counted)

"""The addresses by which a link leads into each messenger: written by a door when it opens, read by any process."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.campaign.values import Platform
from core.database import Conflict, Tx, insert_rows, rows_of, table_of
from core.doors.table import DoorRow

_DOOR = table_of(DoorRow)


@dataclass(frozen=True, slots=True)
class Door:
    """`address` holds `{code}` where the code of a link goes."""

    platform: Platform
    address: str

    def to(self, code: str) -> str:
        """Where this code leads."""
        return self.address.replace("{code}", code)


async def opened(tx: Tx, platform: Platform, address: str, *, now: datetime) -> None:
    """This messenger can be entered by this address from now on."""
    names = ("platform", "address", "opened_at")
    await insert_rows(tx, _DOOR, names, [(platform, address, now)], conflict=Conflict.REPLACE, key=("platform",))


async def all_open(tx: Tx) -> dict[Platform, Door]:
    """Every door that has ever been opened."""
    return {
        Platform(row.platform): Door(Platform(row.platform), row.address) for row in await rows_of(tx, select(_DOOR))
    }

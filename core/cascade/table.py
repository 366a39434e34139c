"""Who brought whom, and what is counted from it.

Nothing here references other tables: it all follows from the journal.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class NodeRow(SQLModel, table=True):
    """A member in a campaign's cascade."""

    __tablename__ = "cascade"
    __table_args__ = (
        Index("cascade_children", "campaign_id", "parent_id", "height", "member_id"),
        Index(
            "cascade_order",
            "campaign_id",
            "size",
            "member_id",
            sqlite_where=text("size > 0"),
            postgresql_where=text("size > 0"),
        ),
        {"sqlite_with_rowid": False},
    )

    campaign_id: int = Field(primary_key=True)
    member_id: int = Field(primary_key=True, sa_type=BigInteger)
    parent_id: int | None = Field(default=None, sa_type=BigInteger)
    channel: str | None = None
    depth: int = 0
    size: int = 0
    height: int = 0
    direct: int = 0
    linked_at: datetime | None = Field(default=None, sa_type=UtcTime)
    arrived_at: datetime | None = Field(default=None, sa_type=UtcTime)
    cycle: int | None = Field(default=None, sa_type=BigInteger)  # seconds from the parent's entry to the arrival


class RiseRow(SQLModel, table=True):
    """What a member and all above have still to be told of, because one transaction would have been too long."""

    __tablename__ = "cascade_rise"
    __table_args__ = ({"sqlite_with_rowid": False},)

    campaign_id: int = Field(primary_key=True)
    member_id: int = Field(primary_key=True, sa_type=BigInteger)
    size: int
    height: int
    lost: bool


class SpreadRow(SQLModel, table=True):
    """How a channel has carried a campaign; under the empty name, the advocates whom nobody brought."""

    __tablename__ = "spread"
    __table_args__ = ({"sqlite_with_rowid": False},)

    campaign_id: int = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    friends: int = Field(default=0, sa_type=BigInteger)
    advocates: int = Field(default=0, sa_type=BigInteger)
    cycles: int = Field(default=0, sa_type=BigInteger)
    cycle_seconds: int = Field(default=0, sa_type=BigInteger)

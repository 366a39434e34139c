"""Counts kept as facts arrive, so that reading them costs the same however long the journal is."""

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlmodel import Field, SQLModel


class TotalRow(SQLModel, table=True):
    """How often something has happened, or how many there are, in one campaign."""

    __tablename__ = "total"
    __table_args__ = ({"sqlite_with_rowid": False},)

    campaign_id: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    n: int = Field(sa_type=BigInteger)


class StandingRow(SQLModel, table=True):
    """An advocate's results in one campaign."""

    __tablename__ = "standing"
    __table_args__ = (
        Index("standing_order", "campaign_id", "qualified", "points", "member_id"),
        {"sqlite_with_rowid": False},
    )

    campaign_id: int = Field(primary_key=True)
    member_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])
    pending: int = 0
    qualified: int = 0  # rewarded ones included
    points: int = Field(default=0, sa_type=BigInteger)

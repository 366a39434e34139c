"""Draws, and the tickets in them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class DrawRow(SQLModel, table=True):
    """A draw whose entries are frozen: their number, and what they add up to."""

    __tablename__ = "draw"

    campaign_id: int = Field(primary_key=True, sa_column_args=[ForeignKey("campaign.id")])
    reward: str = Field(primary_key=True)
    winners: int
    entries: int
    digest: str
    frozen_at: datetime = Field(sa_type=UtcTime)


class DrawEntryRow(SQLModel, table=True):
    """A ticket: one for each counting friend. Never changed; without a key to the campaign, as every big table is."""

    __tablename__ = "draw_entry"
    __table_args__ = (
        Index("draw_entry_of_member", "campaign_id", "member_id"),
        {"sqlite_with_rowid": False},
    )

    campaign_id: int = Field(primary_key=True)
    reward: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    member_id: int = Field(sa_type=BigInteger)  # the person, by the first of their members
    friend_id: int = Field(sa_type=BigInteger)

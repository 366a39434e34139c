"""What an organizer writes to everybody, how far it has got, and who gets it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from core.database import BigKey, UtcTime


class BroadcastRow(SQLModel, table=True):
    """One announcement. Its figures are counted from the recipients until it is over, and kept here then."""

    __tablename__ = "broadcast"
    __table_args__ = (Index("broadcast_of_campaign", "campaign_id", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    campaign_id: int = Field(sa_column_args=[ForeignKey("campaign.id")])
    by_member: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])
    audience: str  # advocates, everybody
    text: str
    state: str  # draft, running, stopped, done
    made_at: datetime = Field(sa_type=UtcTime)
    began_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)  # when nothing of it was on its way any more
    people: int = 0  # whom it was for when it began
    upto: int = Field(default=0, sa_type=BigInteger)  # the newest member then: who comes later gets none
    sent: int = 0
    failed: int = 0


class BroadcastDoorRow(SQLModel, table=True):
    """How far it has been put into a door's outbox: up to which member."""

    __tablename__ = "broadcast_door"

    broadcast_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=[ForeignKey("broadcast.id")])
    platform: str = Field(primary_key=True)
    cursor: int = Field(default=0, sa_type=BigInteger)
    is_fed: bool = False  # nobody is left
    due_until: datetime | None = Field(default=None, sa_type=UtcTime)  # when the last one that was fed is due


class RecipientRow(SQLModel, table=True):
    """A person it was put into the outbox for: once, by whichever account."""

    __tablename__ = "broadcast_recipient"
    __table_args__ = (
        Index(
            "broadcast_waiting",
            "platform",
            "broadcast_id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        {"sqlite_with_rowid": False},
    )

    broadcast_id: int = Field(primary_key=True, sa_type=BigInteger)
    person: int = Field(primary_key=True, sa_type=BigInteger)
    platform: str
    state: str  # waiting, sent, failed, withdrawn

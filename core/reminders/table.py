"""Who was reminded when."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class ReminderRow(SQLModel, table=True):
    """The last reminder that a person got, of whichever campaign, and when the day is over on which that was."""

    __tablename__ = "reminder"

    member_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])
    at: datetime = Field(sa_type=UtcTime, index=True)
    until: datetime = Field(sa_type=UtcTime)

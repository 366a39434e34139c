"""What visitors are hidden with."""

from datetime import date, datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class SaltRow(SQLModel, table=True):
    """The secret of one day. Once it is gone, nobody can tell who a visitor of that day was."""

    __tablename__ = "visitor_salt"

    day: date = Field(primary_key=True)
    salt: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = Field(sa_type=UtcTime)

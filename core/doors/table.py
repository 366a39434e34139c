"""Where the doors' addresses are kept."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.database import UtcTime


class DoorRow(SQLModel, table=True):
    """How a link leads into one messenger."""

    __tablename__ = "door"

    platform: str = Field(primary_key=True)
    address: str
    opened_at: datetime = Field(sa_type=UtcTime)

"""Where media are kept."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class MediumRow(SQLModel, table=True):
    """One picture or video, ready to be served or sent. Never changed: another one has another name."""

    __tablename__ = "medium"

    name: str = Field(primary_key=True)
    kind: str
    width: int
    height: int
    content: bytes = Field(sa_type=LargeBinary)
    kept_at: datetime = Field(sa_type=UtcTime)


class UploadRow(SQLModel, table=True):
    """A medium that a platform has, and what it calls it there. `place`: the platform, and whose upload it was."""

    __tablename__ = "upload"

    place: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    reference: str
    sent_at: datetime = Field(sa_type=UtcTime)

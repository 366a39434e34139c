"""Where pictures are kept."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class PictureRow(SQLModel, table=True):
    """One picture, ready to be served or sent. Never changed: another picture has another name."""

    __tablename__ = "picture"

    name: str = Field(primary_key=True)
    kind: str
    width: int
    height: int
    content: bytes = Field(sa_type=LargeBinary)
    kept_at: datetime = Field(sa_type=UtcTime)

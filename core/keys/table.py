"""API keys, without their secrets."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class KeyRow(SQLModel, table=True):
    """A key that works. Revoking one removes its row."""

    __tablename__ = "api_key"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    hash: str = Field(unique=True)  # SHA-256 of the secret, in hexadecimal
    may_write: bool = False
    campaign_id: int | None = Field(default=None, sa_column_args=[ForeignKey("campaign.id")])
    created_at: datetime = Field(sa_type=UtcTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcTime)

"""What was told in a campaign's last digest."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class DigestRow(SQLModel, table=True):
    """The totals as they were when a digest was last made: what it tells is what has come since."""

    __tablename__ = "digest"

    campaign_id: int = Field(primary_key=True, sa_column_args=[ForeignKey("campaign.id")])
    name: str = Field(primary_key=True)  # the occurrence's: there may be one for organizers, and one for advocates
    at: datetime = Field(sa_type=UtcTime)
    counted: dict[str, Any] = Field(sa_type=JSON)

"""Where campaigns are kept: one row each, and every version ever applied."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class CampaignRow(SQLModel, table=True):
    """A campaign under its slug, with the little that is not in the file: whether it was paused or stopped."""

    __tablename__ = "campaign"

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    version: int
    paused_at: datetime | None = Field(default=None, sa_type=UtcTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcTime)


class CampaignVersionRow(SQLModel, table=True):
    """A campaign as it was applied, whole. Never changed: referrals point at the version they joined under."""

    __tablename__ = "campaign_version"

    campaign_id: int = Field(primary_key=True, sa_column_args=[ForeignKey("campaign.id")])
    version: int = Field(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)
    applied_at: datetime = Field(sa_type=UtcTime)

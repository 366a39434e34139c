"""What is due when."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class OccurrenceRow(SQLModel, table=True):
    """One thing a campaign does at one time. It happens once, however many processes see it due."""

    __tablename__ = "occurrence"
    __table_args__ = (
        Index("occurrence_due", "try_at", sqlite_where=text("state = 'due'"), postgresql_where=text("state = 'due'")),
    )

    campaign_id: int = Field(primary_key=True, sa_column_args=[ForeignKey("campaign.id")])
    name: str = Field(primary_key=True)  # start, end, leaderboard-1, …
    due_at: datetime = Field(primary_key=True, sa_type=UtcTime)
    try_at: datetime = Field(sa_type=UtcTime)  # the due time, until a try fails
    state: str  # due, done, missed
    done_at: datetime | None = Field(default=None, sa_type=UtcTime)
    note: str | None = None
    so_far: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))  # of what is done in portions

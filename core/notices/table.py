"""What could not be written to somebody, and waits until they come by."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel

from core.database import BigKey, UtcTime


class NoticeRow(SQLModel, table=True):
    """Kept under the name that it had in the outbox, so that it is kept once, and shown once."""

    __tablename__ = "notice"
    __table_args__ = (Index("notice_of_account", "platform", "account"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    key: str = Field(unique=True)
    platform: str
    account: int = Field(sa_type=BigInteger)  # the platform's number of the person
    content: dict[str, Any] = Field(sa_type=JSON)
    grant_cause: str | None = Field(default=None, index=True)  # the reward that this hands over
    kept_at: datetime = Field(sa_type=UtcTime, index=True)

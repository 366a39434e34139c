"""What must still go out."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, text
from sqlmodel import Field, SQLModel

from core.database import BigKey, UtcTime


class OutboxRow(SQLModel, table=True):
    """One thing to hand over through a door. It is written with the change that causes it, and removed when done."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "outbox_due",
            "door",
            "due_at",
            sqlite_where=text("state <> 'failed'"),
            postgresql_where=text("state <> 'failed'"),
        ),
        {"sqlite_autoincrement": True},  # a number is never used again: a late claim on it holds nothing
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    key: str = Field(unique=True)
    door: str
    address: int = Field(sa_type=BigInteger)  # the platform's number of the chat or person
    kind: str
    content: dict[str, Any] | None = Field(sa_type=JSON(none_as_null=True))
    grant_cause: str | None = None  # the reward that this hands over
    state: str  # waiting, sending, failed
    due_at: datetime = Field(sa_type=UtcTime)  # when it is sent next; while it is being sent, when the claim is over
    claims: int = 0  # goes up with every claim, and never down: only the newest one holds the row
    attempts: int = 0  # claims that count as a try
    error: str | None = None

"""What has come in and waits to be handled."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from core.database import BigKey, UtcTime


class InboxRow(SQLModel, table=True):
    """One raw update. `content` is there until it has been handled, or for a while after it could not be."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index(  # in the order in which they are taken, past those whose next try is later
            "inbox_waiting",
            "source",
            "id",
            "try_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "inbox_failed",
            "received_at",
            sqlite_where=text("state = 'failed'"),
            postgresql_where=text("state = 'failed'"),
        ),
        {"sqlite_autoincrement": True},  # a number is never used again: what is taken first came first
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    source: str
    key: str
    content: bytes | None = Field(sa_type=LargeBinary)
    state: str  # waiting, handled, failed
    received_at: datetime = Field(sa_type=UtcTime)
    try_at: datetime = Field(sa_type=UtcTime)
    attempts: int = 0
    error: str | None = None

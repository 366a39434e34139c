"""The append-only record of what happened."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field, SQLModel

from core.database import BigKey, UtcTime


class FactRow(SQLModel, table=True):
    """One fact. Rows are only ever added.

    `key` is the fact's natural name, made from the platform's own numbers: what arrives twice has the same key.
    """

    __tablename__ = "journal"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    key: str = Field(unique=True)
    campaign_id: int | None = None
    kind: str
    at: datetime = Field(sa_type=UtcTime)
    recorded_at: datetime = Field(sa_type=UtcTime)
    member_id: int | None = Field(default=None, sa_type=BigInteger)
    advocate_id: int | None = Field(default=None, sa_type=BigInteger)
    code: str | None = None
    chat_id: int | None = None
    data: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))

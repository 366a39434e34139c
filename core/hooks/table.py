"""Where webhooks go, what they are signed with, and how many there were."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlmodel import Field, SQLModel

from core.database import BigKey, UtcTime


class EndpointRow(SQLModel, table=True):
    """An address of a shop."""

    __tablename__ = "hook_endpoint"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    url: str = Field(unique=True)
    made_at: datetime = Field(sa_type=UtcTime)
    failing_since: datetime | None = Field(default=None, sa_type=UtcTime)
    error: str | None = None  # what went wrong the last time
    disabled_at: datetime | None = Field(default=None, sa_type=UtcTime)


class SecretRow(SQLModel, table=True):
    """A secret that events are signed with. Before a rotation there is one; after it the old ones hold for a while."""

    __tablename__ = "hook_secret"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    endpoint_id: int = Field(sa_type=BigInteger, index=True, sa_column_args=[ForeignKey("hook_endpoint.id")])
    secret: str
    until: datetime | None = Field(default=None, sa_type=UtcTime)  # None: the newest


class SequenceRow(SQLModel, table=True):
    """How many events of a campaign there were for an endpoint.

    No reference to the campaign, see core/referrals/table.py.
    """

    __tablename__ = "hook_sequence"
    __table_args__ = ({"sqlite_with_rowid": False},)

    endpoint_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=[ForeignKey("hook_endpoint.id")])
    campaign_id: int = Field(primary_key=True)
    last: int = Field(sa_type=BigInteger)

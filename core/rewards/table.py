"""Rewards that are owed, and whether they were handed over."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class GrantRow(SQLModel, table=True):
    """A reward owed to a member. The cause is spelled the same every time: that is what stops a second one."""

    __tablename__ = "reward_grant"
    __table_args__ = (
        Index(
            "reward_grant_held",
            "campaign_id",
            "waits_for",
            "granted_at",
            "cause",
            sqlite_where=text("waits_for IS NOT NULL"),
            postgresql_where=text("waits_for IS NOT NULL"),
        ),
        Index(
            "reward_grant_by_hand",
            "campaign_id",
            "granted_at",
            sqlite_where=text("kind = 'by_hand' AND delivered_at IS NULL"),
            postgresql_where=text("kind = 'by_hand' AND delivered_at IS NULL"),
        ),
    )

    cause: str = Field(primary_key=True)
    campaign_id: int = Field(index=True, sa_column_args=[ForeignKey("campaign.id")])
    member_id: int = Field(sa_type=BigInteger, index=True, sa_column_args=[ForeignKey("member.id")])
    reward: str
    kind: str
    granted_at: datetime = Field(sa_type=UtcTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcTime)
    turns: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # odd: taken back
    gift: str | None = None  # what exactly is handed over, the same every time
    waits_for: str | None = None  # what is lacking; until it is there, nothing is given

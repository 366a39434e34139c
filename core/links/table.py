"""Personal links, and the private invitations made for them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class LinkRow(SQLModel, table=True):
    """An advocate's personal link in one campaign: one each."""

    __tablename__ = "link"
    __table_args__ = (UniqueConstraint("campaign_id", "member_id"),)

    code: str = Field(primary_key=True)
    campaign_id: int = Field(sa_column_args=[ForeignKey("campaign.id")])
    member_id: int = Field(sa_type=BigInteger, index=True, sa_column_args=[ForeignKey("member.id")])
    created_at: datetime = Field(sa_type=UtcTime)
    parent: str | None = None  # the code of the link that brought its owner


class InviteRow(SQLModel, table=True):
    """A platform's own invitation into a private chat, made for one link."""

    __tablename__ = "invite"
    __table_args__ = (UniqueConstraint("code", "chat_id"),)

    url: str = Field(primary_key=True)
    code: str = Field(sa_column_args=[ForeignKey("link.code")])
    chat_id: int = Field(index=True, sa_column_args=[ForeignKey("chat.id")])
    created_at: datetime = Field(sa_type=UtcTime)

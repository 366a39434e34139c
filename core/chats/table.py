"""The places where friends arrive, and who is there."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class ChatRow(SQLModel, table=True):
    """A chat, channel or server. It outlives its platform number, which can change."""

    __tablename__ = "chat"

    id: int | None = Field(default=None, primary_key=True)
    platform: str
    native_id: int = Field(sa_type=BigInteger)  # the number it has now
    title: str | None = None
    username: str | None = None  # set: anybody may enter, and invitations do not tell who brought them
    bot_status: str | None = None  # administrator, member, absent; empty: not known yet


class ChatAddressRow(SQLModel, table=True):
    """Every number that a chat has ever had."""

    __tablename__ = "chat_address"

    platform: str = Field(primary_key=True)
    native_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    chat_id: int = Field(sa_column_args=[ForeignKey("chat.id")])


class CommunityRow(SQLModel, table=True):
    """A chat that a campaign's current version names."""

    __tablename__ = "community"

    campaign_id: int = Field(primary_key=True, sa_column_args=[ForeignKey("campaign.id")])
    name: str = Field(primary_key=True)
    chat_id: int = Field(index=True, sa_column_args=[ForeignKey("chat.id")])


class MembershipRow(SQLModel, table=True):
    """What is known of one member in one chat. `core.chats.rules` says how observations are folded into it."""

    __tablename__ = "membership"
    __table_args__ = ({"sqlite_with_rowid": False},)

    member_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])
    chat_id: int = Field(primary_key=True)
    present: bool | None = None
    told_at: datetime | None = Field(default=None, sa_type=UtcTime)
    told_order: int = Field(default=0, sa_type=BigInteger)
    first_present_at: datetime | None = Field(default=None, sa_type=UtcTime)
    first_joined_at: datetime | None = Field(default=None, sa_type=UtcTime)
    joined_at: datetime | None = Field(default=None, sa_type=UtcTime)
    left_at: datetime | None = Field(default=None, sa_type=UtcTime)
    absent_at: datetime | None = Field(default=None, sa_type=UtcTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcTime)
    messages: int = 0
    first_left_at: datetime | None = Field(default=None, sa_type=UtcTime)
    returned_at: datetime | None = Field(default=None, sa_type=UtcTime)

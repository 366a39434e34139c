"""People, and the platform identities they have."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from core.database import BigKey, UtcTime


class MemberRow(SQLModel, table=True):
    """Somebody, as one platform knows them. Knows nothing that a platform tells: that is in the accounts.

    `merged_into` says who is the same person: it names the first of the person's members, for that one too. None: this
    is their only one. Nothing else is changed when two become one; see `core.persons`.
    """

    __tablename__ = "member"
    __table_args__ = (
        Index(
            "member_of_person",
            "merged_into",
            sqlite_where=text("merged_into IS NOT NULL"),
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    language: str | None = None  # chosen with /language; else the account's
    reminders: bool = True
    created_at: datetime = Field(sa_type=UtcTime)
    merged_into: int | None = Field(default=None, sa_type=BigInteger)


class AccountRow(SQLModel, table=True):
    """One of a person's platform identities. The number is the identity; names change."""

    __tablename__ = "account"

    platform: str = Field(primary_key=True)
    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    member_id: int = Field(sa_type=BigInteger, index=True, sa_column_args=[ForeignKey("member.id")])
    name: str
    username: str | None = Field(default=None, index=True)
    language: str | None = None
    is_bot: bool = False
    reachable: bool = False  # may be written to: has started the bot and not blocked it
    created_at: datetime | None = Field(default=None, sa_type=UtcTime)  # on the platform, where that tells

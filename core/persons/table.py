"""Who was said to be the same person, and the codes by which that is said."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlmodel import Field, SQLModel

from core.database import BigKey, UtcTime


class PersonLinkRow(SQLModel, table=True):
    """Two members became one person, and perhaps two again. What holds now is in the members."""

    __tablename__ = "person_link"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    first_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])
    second_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])
    linked_at: datetime = Field(sa_type=UtcTime)
    unlinked_at: datetime | None = Field(default=None, sa_type=UtcTime)


class LinkCodeRow(SQLModel, table=True):
    """A code that has not been used yet: one for each member, the newest."""

    __tablename__ = "link_code"

    hash: str = Field(primary_key=True)
    member_id: int = Field(sa_type=BigInteger, unique=True, sa_column_args=[ForeignKey("member.id")])
    expires_at: datetime = Field(sa_type=UtcTime)


class LinkTryRow(SQLModel, table=True):
    """How many wrong codes a member has tried since then."""

    __tablename__ = "link_try"

    member_id: int = Field(
        primary_key=True,
        sa_type=BigInteger,
        sa_column_args=[ForeignKey("member.id")],
        sa_column_kwargs={"autoincrement": False},
    )
    since_at: datetime = Field(sa_type=UtcTime)
    n: int

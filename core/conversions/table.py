"""What the brands' shops have reported."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class ConversionRow(SQLModel, table=True):
    """One conversion, under the name that the shop gave it: what is reported twice is here once.

    No reference to the campaign, see core/referrals/table.py.
    """

    __tablename__ = "conversion"
    __table_args__ = (
        Index(
            "conversion_of_member",
            "member_id",
            sqlite_where=text("member_id IS NOT NULL"),
            postgresql_where=text("member_id IS NOT NULL"),
        ),
        Index(
            "conversion_of_link",
            "code",
            sqlite_where=text("code IS NOT NULL"),
            postgresql_where=text("code IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    campaign_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    name: str
    at: datetime = Field(sa_type=UtcTime)
    member_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])
    code: str | None = Field(default=None, sa_column_args=[ForeignKey("link.code")])
    value: int | None = Field(default=None, sa_type=BigInteger)  # in ten-thousandths of the currency's unit
    currency: str | None = None
    uncounted: str | None = None  # why it is in no figure

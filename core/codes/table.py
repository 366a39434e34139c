"""Promo codes, and the pools that they come in."""

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel


class PoolRow(SQLModel, table=True):
    """A pool of codes, with what is counted of it; any count must equal what the codes and the grants say."""

    __tablename__ = "code_pool"
    __table_args__ = (UniqueConstraint("campaign_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(sa_column_args=[ForeignKey("campaign.id")])
    name: str
    total: int = Field(sa_type=BigInteger)
    left: int = Field(sa_type=BigInteger)
    waiting: int = Field(sa_type=BigInteger)  # grants that are held until there are codes again
    told: str | None = None  # the warning that organizers have had since codes were last imported
    digest: str | None = None  # of the file that was imported last, whole


class CodeRow(SQLModel, table=True):
    """One code. It is in one pool for ever, and once it is given, with one grant."""

    __tablename__ = "promo_code"
    __table_args__ = (
        Index(
            "promo_code_free",
            "pool_id",
            "spot",
            sqlite_where=text("cause IS NULL"),
            postgresql_where=text("cause IS NULL"),
        ),
        Index(
            "promo_code_of",
            "cause",
            unique=True,
            sqlite_where=text("cause IS NOT NULL"),
            postgresql_where=text("cause IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    code: str = Field(primary_key=True)
    pool_id: int
    spot: int = Field(sa_type=BigInteger)  # where it lies in the pool
    cause: str | None = None  # the grant that it was given with

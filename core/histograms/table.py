"""How many there are at each number."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class CountRow(SQLModel, table=True):
    """How many of something have a number from `at * WIDTH ** level` on, and below the next row's. None without any."""

    __tablename__ = "histogram"
    __table_args__ = ({"sqlite_with_rowid": False},)

    campaign_id: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    n: int = Field(sa_type=BigInteger)

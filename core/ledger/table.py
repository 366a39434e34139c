"""Points, as transfers between accounts."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class LedgerRow(SQLModel, table=True):
    """Points moved from one account to another. Rows are only ever added; taking back is another row.

    One row is both sides of the entry, so the ledger balances by construction.
    """

    __tablename__ = "ledger"
    __table_args__ = (Index("ledger_to", "to_account"), Index("ledger_from", "from_account"))

    cause: str = Field(primary_key=True)
    campaign_id: int = Field(sa_column_args=[ForeignKey("campaign.id")])
    from_account: str
    to_account: str
    points: int = Field(sa_type=BigInteger)  # above zero
    at: datetime = Field(sa_type=UtcTime)

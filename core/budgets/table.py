"""What a campaign may give at most."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlmodel import Field, SQLModel


class BudgetRow(SQLModel, table=True):
    """How much of something was given, and how much may be. The database itself refuses to give more."""

    __tablename__ = "budget"
    __table_args__ = (CheckConstraint("spent <= most", name="budget_is_kept"),)

    campaign_id: int = Field(primary_key=True, sa_column_args=[ForeignKey("campaign.id")])
    unit: str = Field(primary_key=True)
    most: int | None = Field(sa_type=BigInteger, nullable=True)  # nothing: not limited any more
    spent: int = Field(sa_type=BigInteger)
    waiting: int = Field(sa_type=BigInteger)  # grants that are held until there is room again
    told: bool  # whether organizers know that there is nothing left

"""How far each fold has read."""

from sqlmodel import Field, SQLModel

from core.database import BigKey


class FoldRow(SQLModel, table=True):
    """One fold, and the journal's last id that is in its figures."""

    __tablename__ = "fold"

    name: str = Field(primary_key=True)
    upto: int = Field(default=0, sa_type=BigKey)

"""What a consent is told apart by, once it came back, and what consents are signed with."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from core.database import UtcTime


class SpentRow(SQLModel, table=True):
    """A consent that came back, and will not be taken a second time. Kept until it would be too old anyway."""

    __tablename__ = "consent_spent"

    consent: str = Field(primary_key=True)
    until: datetime = Field(sa_type=UtcTime, index=True)


class SigningKeyRow(SQLModel, table=True):
    """A key that Sayso made for itself, because none was set."""

    __tablename__ = "signing_key"

    purpose: str = Field(primary_key=True)
    key: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = Field(sa_type=UtcTime)

"""What was seen of shares, kept so that reading it costs the same however long the journal is."""

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel


class VariantRow(SQLModel, table=True):
    """One link as it was given out for one channel. Posts that were passed on have no code: they share a row."""

    __tablename__ = "share_variant"
    __table_args__ = ({"sqlite_with_rowid": False},)

    code: str = Field(primary_key=True)
    campaign_id: int = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    intents: int
    sent: int
    forwards: int
    clicks: int
    starts: int
    unfurls: dict[str, int] = Field(sa_type=JSON)


class ChannelRow(SQLModel, table=True):
    """All variants of one channel in a campaign; see `rules.Seen`."""

    __tablename__ = "share_channel"
    __table_args__ = ({"sqlite_with_rowid": False},)

    campaign_id: int = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    intents: int = Field(sa_type=BigInteger)
    sent: int = Field(sa_type=BigInteger)
    forwards: int = Field(sa_type=BigInteger)
    clicks: int = Field(sa_type=BigInteger)
    starts: int = Field(sa_type=BigInteger)
    opened: int = Field(sa_type=BigInteger)
    openings: int = Field(sa_type=BigInteger)
    came: int = Field(sa_type=BigInteger)
    unfurls: dict[str, int] = Field(sa_type=JSON)
    links: dict[str, int] = Field(sa_type=JSON)


class PassedOnRow(SQLModel, table=True):
    """A post of a chat, and how many times it was seen being passed on."""

    __tablename__ = "share_post"
    __table_args__ = (Index("share_post_order", "campaign_id", "seen"), {"sqlite_with_rowid": False})

    campaign_id: int = Field(primary_key=True)
    chat_id: int = Field(primary_key=True)
    post: int = Field(primary_key=True, sa_type=BigInteger)
    seen: int

"""Signs that people met a link, claims, and who came through whom.

Rows that arrive by the thousand do not reference the campaign: the check would lock its one row in every transaction,
and campaigns are never deleted.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from core.database import BigKey, UtcTime


class TouchRow(SQLModel, table=True):
    """A member met an advocate's link."""

    __tablename__ = "touch"
    __table_args__ = ({"sqlite_with_rowid": False},)

    member_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])
    code: str = Field(primary_key=True, sa_column_args=[ForeignKey("link.code")])
    at: datetime = Field(primary_key=True, sa_type=UtcTime)
    campaign_id: int
    advocate_id: int = Field(sa_type=BigInteger)
    channel: str | None = None  # the variant of the link
    confidence: str = Field(default="exact", sa_column_kwargs={"server_default": "exact"})  # unknown: taken back
    entered: bool = Field(default=False, sa_column_kwargs={"server_default": false()})  # joined by it, then


class ClaimRow(SQLModel, table=True):
    """A friend says who told them; the advocate says yes or no."""

    __tablename__ = "claim"
    __table_args__ = (UniqueConstraint("campaign_id", "friend_id", "advocate_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    campaign_id: int = Field(sa_column_args=[ForeignKey("campaign.id")])
    friend_id: int = Field(sa_type=BigInteger, index=True, sa_column_args=[ForeignKey("member.id")])
    advocate_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])
    asked_at: datetime = Field(sa_type=UtcTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcTime)
    confirmed: bool | None = None


class AppealRow(SQLModel, table=True):
    """Somebody asks the organizers to look at a referral again, as it stands under this number of its judgements."""

    __tablename__ = "appeal"
    __table_args__ = (
        UniqueConstraint("friend_id", "campaign_id", "judgement"),
        Index(
            "appeal_open",
            "campaign_id",
            "id",
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    campaign_id: int = Field(sa_column_args=[ForeignKey("campaign.id")])
    friend_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])
    member_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])  # who asks
    judgement: int
    asked_at: datetime = Field(sa_type=UtcTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcTime)
    counts: bool | None = None


class ReferralRow(SQLModel, table=True):
    """A friend, the advocate they came through, and where that stands. One for each friend in a campaign."""

    __tablename__ = "referral"
    __table_args__ = (
        UniqueConstraint("friend_id", "campaign_id"),
        Index("referral_of_advocate", "campaign_id", "advocate_id"),
        Index("referral_of_campaign", "campaign_id", "id"),  # the newest first, without sorting them all
        Index(
            "referral_held",
            "campaign_id",
            "id",
            sqlite_where=text("status = 'held'"),
            postgresql_where=text("status = 'held'"),
        ),
        Index(
            "referral_due",
            "look_at",
            sqlite_where=text("look_at IS NOT NULL"),
            postgresql_where=text("look_at IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    campaign_id: int
    friend_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])
    advocate_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("member.id")])
    code: str | None = None
    version: int  # the campaign's rules that this friend came under
    confidence: str
    status: str
    reason: str
    judgements: int  # how often it has been judged differently: names the journal's facts about it
    since_at: datetime = Field(sa_type=UtcTime)  # of this status
    look_at: datetime | None = Field(default=None, sa_type=UtcTime)  # when time alone may change it
    channel: str | None = None  # the variant of the link by which the friend came
    arrived_at: datetime | None = Field(default=None, sa_type=UtcTime)  # when the friend was there first
    reversed_from: str | None = None  # the status it had, so that it can have it again
    met_at: datetime | None = Field(default=None, sa_type=UtcTime)  # since when everything that is asked holds
    qualified_at: datetime | None = Field(default=None, sa_type=UtcTime)  # the first time, whatever came of it
    ruled: bool | None = None  # an organizer's word on whether it counts

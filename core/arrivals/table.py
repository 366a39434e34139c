"""Servers whose joins name no invitation: what was last read of them, and who arrived how."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from core.database import UtcTime


def _some(name: str, *columns: str, where: str) -> Index:
    """An index of the few rows that are asked for again and again."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class ServerRow(SQLModel, table=True):
    """A server, and what is known of it as a whole. Whoever compares holds this row."""

    __tablename__ = "server"

    chat_id: int = Field(primary_key=True, sa_column_args=[ForeignKey("chat.id")])
    listed_at: datetime | None = Field(default=None, sa_type=UtcTime)  # when its invites were read last
    seen_at: datetime | None = Field(default=None, sa_type=UtcTime)  # when the newest of the uses was seen
    look_at: datetime | None = Field(default=None, sa_type=UtcTime)  # not to be looked at again before this
    loose_since: datetime | None = Field(default=None, sa_type=UtcTime)  # when the first unexplained use was seen
    foggy_until: datetime | None = Field(default=None, sa_type=UtcTime)  # till then, comparisons are not trusted
    vanity_code: str | None = None
    vanity_uses: int | None = None
    vanity_loose: int = 0
    watched_since: datetime | None = Field(default=None, sa_type=UtcTime)  # its members were read then first
    caught_up_at: datetime | None = Field(default=None, sa_type=UtcTime)
    search_off_at: datetime | None = Field(default=None, sa_type=UtcTime)
    search_at: datetime | None = Field(default=None, sa_type=UtcTime)  # not to be searched before this
    shut_reason: str | None = None  # why no invites can be made
    shut_until: datetime | None = Field(default=None, sa_type=UtcTime)
    missed_at: datetime | None = Field(default=None, sa_type=UtcTime)  # a visitor found the pool empty


class ServerInviteRow(SQLModel, table=True):
    """An invite into a server, ours or not. `loose`: uses that no arrival has explained yet."""

    __tablename__ = "server_invite"
    __table_args__ = (
        _some("server_invite_living", "chat_id", where="gone_at IS NULL"),
        _some("server_invite_pool", "chat_id", "expires_at", where="made_for = 'pool' AND gone_at IS NULL"),
        _some("server_invite_visit", "chat_id", "taken_at", where="made_for = 'visit'"),
        _some("server_invite_member", "chat_id", "link_code", where="made_for = 'member' AND gone_at IS NULL"),
        _some("server_invite_loose", "chat_id", where="loose > 0 OR maybe"),
        _some("server_invite_gone", "gone_at", where="gone_at IS NOT NULL"),
    )

    chat_id: int = Field(primary_key=True, sa_column_args=[ForeignKey("chat.id")])
    code: str = Field(primary_key=True)
    uses: int | None = None  # as last read; empty: the platform did not say
    max_uses: int = 0  # 0: any number
    made_for: str  # pool, visit, member, foreign
    link_code: str | None = None
    channel: str | None = None  # the variant of the link
    made_at: datetime = Field(sa_type=UtcTime)  # by our clock: a list asked for before then need not show it
    expires_at: datetime | None = Field(default=None, sa_type=UtcTime)
    taken_at: datetime | None = Field(default=None, sa_type=UtcTime)
    gone_at: datetime | None = Field(default=None, sa_type=UtcTime)
    loose: int = 0
    maybe: bool = False  # may have been used beyond that, and nobody can tell


class ArrivalRow(SQLModel, table=True):
    """Somebody came into a server: once for each stay."""

    __tablename__ = "arrival"
    __table_args__ = (
        _some("arrival_open", "chat_id", where="state = 'open'"),
        _some("arrival_asked", "ask_at", where="ask_at IS NOT NULL"),
        _some("arrival_unknown", "chat_id", "joined_at", where="state = 'unattributed'"),
    )

    chat_id: int = Field(primary_key=True, sa_column_args=[ForeignKey("chat.id")])
    account_id: int = Field(primary_key=True, sa_type=BigInteger)
    joined_at: datetime = Field(primary_key=True, sa_type=UtcTime)
    received_at: datetime = Field(sa_type=UtcTime)
    reconciled: bool = False  # found afterwards: nobody heard them come
    state: str  # open, or what was found: exact, probable, ambiguous, unattributed, otherwise
    ways: list[list[Any]] | None = Field(default=None, sa_type=JSON(none_as_null=True))  # links with their channels
    told: int = 0  # how often something was found: names the facts about it
    ask_at: datetime | None = Field(default=None, sa_type=UtcTime)  # when the platform is searched for it
    tries: int = 0


class ExpectedRow(SQLModel, table=True):
    """Somebody consented on our page, and is about to be let in: their arrival spends no invite."""

    __tablename__ = "expected_arrival"

    chat_id: int = Field(primary_key=True, sa_column_args=[ForeignKey("chat.id")])
    account_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    link_code: str
    channel: str | None = None
    until: datetime = Field(sa_type=UtcTime)

"""Digests, reminders, draws and announcements.

Revision 0016.
"""

import sqlalchemy as sa
from alembic import op

from core.database.types import BigKey, UtcTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "digest",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("counted", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"]),
        sa.PrimaryKeyConstraint("campaign_id", "name"),
    )
    op.create_table(
        "reminder",
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_index("ix_reminder_at", "reminder", ["at"])
    _draws()
    _broadcasts()


def _draws() -> None:
    op.create_table(
        "draw",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("reward", sa.String(), nullable=False),
        sa.Column("winners", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("frozen_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"]),
        sa.PrimaryKeyConstraint("campaign_id", "reward"),
    )
    op.create_table(
        "draw_entry",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("reward", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "reward", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index("draw_entry_of_member", "draw_entry", ["campaign_id", "member_id"])


def _broadcasts() -> None:
    op.create_table(
        "broadcast",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("by_member", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("began_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"]),
        sa.ForeignKeyConstraint(["by_member"], ["member.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("broadcast_of_campaign", "broadcast", ["campaign_id", "id"])
    op.create_table(
        "broadcast_door",
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("is_fed", sa.Boolean(), nullable=False),
        sa.Column("due_until", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"]),
        sa.PrimaryKeyConstraint("broadcast_id", "platform"),
    )
    op.create_table(
        "broadcast_recipient",
        sa.Column("broadcast_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("broadcast_id", "person"),
        sqlite_with_rowid=False,
    )
    on_the_way = sa.text("state = 'waiting'")
    op.create_index(
        "broadcast_waiting",
        "broadcast_recipient",
        ["platform", "broadcast_id"],
        sqlite_where=on_the_way,
        postgresql_where=on_the_way,
    )

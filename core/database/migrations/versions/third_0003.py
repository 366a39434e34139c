"""API keys, and what the brands' shops report.

Revision 0003.
"""

import sqlalchemy as sa
from alembic import op

from core.database.types import UtcTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("may_write", sa.Boolean(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("last_used_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "conversion",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("uncounted", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["code"], ["link.code"]),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("campaign_id", "id"),
        sqlite_with_rowid=False,
    )
    for name, column in (("conversion_of_link", "code"), ("conversion_of_member", "member_id")):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "conversion", [column], unique=False, sqlite_where=there, postgresql_where=there)

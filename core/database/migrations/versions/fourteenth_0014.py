"""Webhooks: endpoints, their secrets, and how many events each was told.

Revision 0014.
"""

import sqlalchemy as sa
from alembic import op

from core.database.types import BigKey, UtcTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "hook_endpoint",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("failing_since", UtcTime(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("disabled_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("url"),
    )
    op.create_table(
        "hook_secret",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("endpoint_id", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("until", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["endpoint_id"], ["hook_endpoint.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_hook_secret_endpoint_id", "hook_secret", ["endpoint_id"])
    op.create_table(
        "hook_sequence",
        sa.Column("endpoint_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["endpoint_id"], ["hook_endpoint.id"]),
        sa.PrimaryKeyConstraint("endpoint_id", "campaign_id"),
        sqlite_with_rowid=False,
    )

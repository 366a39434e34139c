"""Notices that wait for their reader.

Revision 0009.
"""

import sqlalchemy as sa
from alembic import op

from core.database.types import BigKey, UtcTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("grant_cause", sa.String(), nullable=True),
        sa.Column("kept_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("notice_of_account", "notice", ["platform", "account"])
    op.create_index("ix_notice_grant_cause", "notice", ["grant_cause"])
    op.create_index("ix_notice_kept_at", "notice", ["kept_at"])

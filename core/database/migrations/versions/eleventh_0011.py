"""Consents that came back, and the key that they are signed with.

Revision 0011.
"""

import sqlalchemy as sa
from alembic import op

from core.database.types import UtcTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "consent_spent",
        sa.Column("consent", sa.String(), primary_key=True),
        sa.Column("until", UtcTime(), nullable=False),
    )
    op.create_index("ix_consent_spent_until", "consent_spent", ["until"])
    op.create_table(
        "signing_key",
        sa.Column("purpose", sa.String(), primary_key=True),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
    )

"""Videos beside pictures, and what a platform calls what was uploaded to it.

Revision 0015.
"""

import sqlalchemy as sa
from alembic import op

from core.database.types import UtcTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.rename_table("picture", "medium")
    op.create_table(
        "upload",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("place", "name"),
    )

"""How far the folds have read.

Revision 0006.
"""

import sqlalchemy as sa
from alembic import op

from core.database.types import BigKey

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "fold",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("upto", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )

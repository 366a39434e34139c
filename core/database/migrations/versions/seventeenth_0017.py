"""What is done in portions remembers how far it has got.

Revision 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("occurrence", sa.Column("so_far", sa.JSON(none_as_null=True), nullable=True))

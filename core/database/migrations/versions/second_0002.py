"""To be filled.

Revision 0002.
"""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    pass

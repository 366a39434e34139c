"""Nothing yet.

Revision 0016.
"""

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Nothing."""

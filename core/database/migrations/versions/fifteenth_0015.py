"""Nothing yet.

Revision 0015.
"""

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Nothing."""

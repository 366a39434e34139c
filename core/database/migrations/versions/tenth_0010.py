"""One person with several accounts.

Revision 0010.
"""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    pass

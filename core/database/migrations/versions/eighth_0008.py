"""How people came into servers whose joins name no invitation.

Revision 0008.
"""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    pass

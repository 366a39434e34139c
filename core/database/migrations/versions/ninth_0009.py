"""Notices that wait for their reader.

Revision 0009.
"""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    pass

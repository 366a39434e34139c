"""A campaign's newest referrals, without sorting them all.

Revision 0007.
"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("referral_of_campaign", "referral", ["campaign_id", "id"])

"""Since when a referral holds, and what organizers say of it.

Revision 0013. A referral that had qualified before keeps what it earned: nobody had said that it could be lost.
"""

import sqlalchemy as sa
from alembic import op

from core.database.types import BigKey, UtcTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("referral", sa.Column("met_at", UtcTime(), nullable=True))
    op.add_column("referral", sa.Column("qualified_at", UtcTime(), nullable=True))
    op.add_column("referral", sa.Column("ruled", sa.Boolean(), nullable=True))
    op.create_table(
        "appeal",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("judgement", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("answered_at", UtcTime(), nullable=True),
        sa.Column("counts", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"]),
        sa.ForeignKeyConstraint(["friend_id"], ["member.id"]),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("friend_id", "campaign_id", "judgement"),
    )
    still_open = sa.text("answered_at IS NULL")
    op.create_index(
        "appeal_open", "appeal", ["campaign_id", "id"], sqlite_where=still_open, postgresql_where=still_open
    )

"""How a campaign spreads: channels and parents with every fact, the cascade, and histograms for ranks.

Revision 0002.
"""

import sqlalchemy as sa
from alembic import op

from core.database.types import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("touch", sa.Column("channel", sa.String(), nullable=True))
    op.add_column("referral", sa.Column("channel", sa.String(), nullable=True))
    op.add_column("referral", sa.Column("arrived_at", UtcTime(), nullable=True))
    op.add_column("link", sa.Column("parent", sa.String(), nullable=True))
    _cascade()
    op.create_table(
        "histogram",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "name", "level", "at"),
        sqlite_with_rowid=False,
    )
    for bits in (0, 5, 10):
        op.execute(_RANKS_BY_REFERRALS.format(level=bits // 5, bits=bits))
        op.execute(_RANKS_BY_POINTS.format(level=bits // 5, bits=bits))


def _cascade() -> None:
    op.create_table(
        "cascade",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("direct", sa.Integer(), nullable=False),
        sa.Column("linked_at", UtcTime(), nullable=True),
        sa.Column("arrived_at", UtcTime(), nullable=True),
        sa.Column("cycle", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_id", "member_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("cascade_children", "cascade", ["campaign_id", "parent_id", "height", "member_id"], unique=False)
    any_below = sa.text("size > 0")
    op.create_index(
        "cascade_order",
        "cascade",
        ["campaign_id", "size", "member_id"],
        unique=False,
        sqlite_where=any_below,
        postgresql_where=any_below,
    )
    op.create_table(
        "cascade_rise",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "member_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spread",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("friends", sa.BigInteger(), nullable=False),
        sa.Column("advocates", sa.BigInteger(), nullable=False),
        sa.Column("cycles", sa.BigInteger(), nullable=False),
        sa.Column("cycle_seconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "channel"),
        sqlite_with_rowid=False,
    )


_RANKS_BY_REFERRALS = """
    INSERT INTO histogram (campaign_id, name, level, at, n)
    SELECT campaign_id, 'qualified', {level}, qualified >> {bits}, count(*)
    FROM standing WHERE qualified > 0 GROUP BY campaign_id, qualified >> {bits}
"""
_RANKS_BY_POINTS = """
    INSERT INTO histogram (campaign_id, name, level, at, n)
    SELECT campaign_id, 'points/' || qualified, {level}, points >> {bits}, count(*)
    FROM standing WHERE qualified > 0 OR points <> 0 GROUP BY campaign_id, qualified, points >> {bits}
"""

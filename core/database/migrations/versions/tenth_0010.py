"""One person with several accounts.

Revision 0010.
"""

import sqlalchemy as sa
from alembic import op

from core.database.types import BigKey, UtcTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("member", sa.Column("merged_into", sa.BigInteger(), nullable=True))
    there = sa.text("merged_into IS NOT NULL")
    op.create_index("member_of_person", "member", ["merged_into"], sqlite_where=there, postgresql_where=there)
    op.add_column("reward_grant", sa.Column("turns", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("referral", sa.Column("reversed_from", sa.String(), nullable=True))
    op.create_table(
        "person_link",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("linked_at", UtcTime(), nullable=False),
        sa.Column("unlinked_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["first_id"], ["member.id"]),
        sa.ForeignKeyConstraint(["second_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "link_code",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("hash"),
        sa.UniqueConstraint("member_id"),
    )
    op.create_table(
        "link_try",
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since_at", UtcTime(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("member_id"),
    )

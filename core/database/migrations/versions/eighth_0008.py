"""How people came into servers whose joins name no invitation.

Revision 0008.
"""

import sqlalchemy as sa
from alembic import op

from core.database.types import UtcTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    touches = sa.Column("confidence", sa.String(), server_default="exact", nullable=False)
    op.add_column("touch", touches)
    op.add_column("touch", sa.Column("entered", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("membership", sa.Column("first_left_at", UtcTime(), nullable=True))
    op.add_column("membership", sa.Column("returned_at", UtcTime(), nullable=True))
    op.add_column("account", sa.Column("created_at", UtcTime(), nullable=True))
    _few("referral_held", "referral", ["campaign_id", "id"], where="status = 'held'")
    _servers()
    _invites()
    _arrivals()


def _servers() -> None:
    op.create_table(
        "server",
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("listed_at", UtcTime(), nullable=True),
        sa.Column("seen_at", UtcTime(), nullable=True),
        sa.Column("look_at", UtcTime(), nullable=True),
        sa.Column("loose_since", UtcTime(), nullable=True),
        sa.Column("foggy_until", UtcTime(), nullable=True),
        sa.Column("vanity_code", sa.String(), nullable=True),
        sa.Column("vanity_uses", sa.Integer(), nullable=True),
        sa.Column("vanity_loose", sa.Integer(), nullable=False),
        sa.Column("watched_since", UtcTime(), nullable=True),
        sa.Column("caught_up_at", UtcTime(), nullable=True),
        sa.Column("search_off_at", UtcTime(), nullable=True),
        sa.Column("search_at", UtcTime(), nullable=True),
        sa.Column("shut_reason", sa.String(), nullable=True),
        sa.Column("shut_until", UtcTime(), nullable=True),
        sa.Column("missed_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"]),
        sa.PrimaryKeyConstraint("chat_id"),
    )


def _invites() -> None:
    op.create_table(
        "server_invite",
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=False),
        sa.Column("made_for", sa.String(), nullable=False),
        sa.Column("link_code", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("taken_at", UtcTime(), nullable=True),
        sa.Column("gone_at", UtcTime(), nullable=True),
        sa.Column("loose", sa.Integer(), nullable=False),
        sa.Column("maybe", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"]),
        sa.PrimaryKeyConstraint("chat_id", "code"),
    )
    _few("server_invite_living", "server_invite", ["chat_id"], where="gone_at IS NULL")
    pool = "made_for = 'pool' AND gone_at IS NULL"
    _few("server_invite_pool", "server_invite", ["chat_id", "expires_at"], where=pool)
    _few("server_invite_visit", "server_invite", ["chat_id", "taken_at"], where="made_for = 'visit'")
    member = "made_for = 'member' AND gone_at IS NULL"
    _few("server_invite_member", "server_invite", ["chat_id", "link_code"], where=member)
    _few("server_invite_loose", "server_invite", ["chat_id"], where="loose > 0 OR maybe")
    _few("server_invite_gone", "server_invite", ["gone_at"], where="gone_at IS NOT NULL")


def _arrivals() -> None:
    op.create_table(
        "arrival",
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", UtcTime(), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("reconciled", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ways", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("ask_at", UtcTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"]),
        sa.PrimaryKeyConstraint("chat_id", "account_id", "joined_at"),
    )
    _few("arrival_open", "arrival", ["chat_id"], where="state = 'open'")
    _few("arrival_asked", "arrival", ["ask_at"], where="ask_at IS NOT NULL")
    _few("arrival_unknown", "arrival", ["chat_id", "joined_at"], where="state = 'unattributed'")
    op.create_table(
        "expected_arrival",
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("link_code", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("until", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"]),
        sa.PrimaryKeyConstraint("chat_id", "account_id"),
    )


def _few(name: str, table: str, columns: list[str], *, where: str) -> None:
    op.create_index(name, table, columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))

"""Promo codes, budgets, grants that are held; a ledger that only grows.

Revision 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    _hold_grants()
    _keep_codes()
    op.create_table(
        "budget",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.CheckConstraint("spent <= most", name="budget_is_kept"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"]),
        sa.PrimaryKeyConstraint("campaign_id", "unit"),
    )
    _move_what_was_taken_back()
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRES:
        op.execute(statement)


def _hold_grants() -> None:
    op.add_column("reward_grant", sa.Column("gift", sa.String(), nullable=True))
    op.add_column("reward_grant", sa.Column("waits_for", sa.String(), nullable=True))
    waits = sa.text("waits_for IS NOT NULL")
    columns = ["campaign_id", "waits_for", "granted_at", "cause"]
    op.create_index("reward_grant_held", "reward_grant", columns, sqlite_where=waits, postgresql_where=waits)
    by_hand = sa.text("kind = 'by_hand' AND delivered_at IS NULL")
    columns = ["campaign_id", "granted_at"]
    op.create_index("reward_grant_by_hand", "reward_grant", columns, sqlite_where=by_hand, postgresql_where=by_hand)


def _keep_codes() -> None:
    op.create_table(
        "code_pool",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("campaign_id", "name"),
    )
    op.create_table(
        "promo_code",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.Column("spot", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
        sqlite_with_rowid=False,
    )
    free, given = sa.text("cause IS NULL"), sa.text("cause IS NOT NULL")
    op.create_index("promo_code_free", "promo_code", ["pool_id", "spot"], sqlite_where=free, postgresql_where=free)
    op.create_index("promo_code_of", "promo_code", ["cause"], unique=True, sqlite_where=given, postgresql_where=given)


def _move_what_was_taken_back() -> None:
    """Points that were taken back went to the budget; from now on they have an account of their own."""
    op.execute(
        """
        INSERT INTO ledger (cause, campaign_id, from_account, to_account, points, at)
        SELECT 'reversed/' || campaign_id, campaign_id, 'budget/' || campaign_id, 'reversed/' || campaign_id,
               SUM(CASE WHEN to_account = 'budget/' || campaign_id THEN points ELSE -points END), MAX(at)
        FROM ledger WHERE cause LIKE '%/turn/%'
        GROUP BY campaign_id
        HAVING SUM(CASE WHEN to_account = 'budget/' || campaign_id THEN points ELSE -points END) > 0
        """
    )


_SAYS = "the ledger is only ever added to"
_SQLITE = [
    f"CREATE TRIGGER ledger_{what.lower()} BEFORE {what} ON ledger BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
    for what in ("UPDATE", "DELETE")
]
_POSTGRES = [
    f"""
    CREATE FUNCTION ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{_SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    """
    CREATE TRIGGER ledger_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept()
    """,
]

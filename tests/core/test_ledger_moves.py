"""Points that were taken back before they had an account of their own are moved there when the tables change."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from core import ledger
from core.database import Database
from core.database.migrate import migrate
from tests.core.test_migrate import upgrade_to

AT = datetime(2026, 12, 1, tzinfo=UTC)
BEFORE = [
    ("spring/a/1/1", "budget/1", "member/1/1", 10),
    ("spring/a/2/1", "budget/1", "member/1/2", 10),
    ("spring/a/1/1/turn/1", "member/1/1", "budget/1", 10),
    ("spring/a/2/1/turn/1", "member/1/2", "budget/1", 10),
    ("spring/a/2/1/turn/2", "budget/1", "member/1/2", 10),
]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_what_was_taken_back_is_moved_out_of_the_budget(kind: str, request: pytest.FixtureRequest) -> None:
    db = Database(request.getfixturevalue(f"empty_{kind}_url"))
    try:
        async with db.begin() as tx:
            await tx.run_sync(lambda connection: upgrade_to(connection, "0011"))
        async with db.begin() as tx:
            await tx.execute(text("INSERT INTO campaign (id, slug, version) VALUES (1, 'spring', 1)"))
            for cause, giver, taker, points in BEFORE:
                row = {"cause": cause, "giver": giver, "taker": taker, "points": points, "at": AT}
                if db.is_sqlite:
                    row["at"] = 1
                words = "INSERT INTO ledger VALUES (:cause, 1, :giver, :taker, :points, :at)"
                await tx.execute(text(words), row)
        await migrate(db)
        async with db.read() as tx:
            balances = {account: n for account, n in (await ledger.balances(tx)).items() if n}
        assert balances == {"budget/1": -20, "member/1/2": 10, "reversed/1": 10}
    finally:
        await db.close()

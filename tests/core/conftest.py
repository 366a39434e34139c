from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import event

from core.database import Database


@pytest.fixture
def statements() -> Callable[[Database], AbstractAsyncContextManager[list[str]]]:
    """Collects the statements that a database is sent, without BEGIN and COMMIT."""

    @asynccontextmanager
    async def collected(db: Database) -> AsyncIterator[list[str]]:
        sent: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *_: object) -> None:
            if not statement.startswith("BEGIN"):
                sent.append(statement)

        engine = db._engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        yield sent
        event.remove(engine, "before_cursor_execute", note)

    return collected

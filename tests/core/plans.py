"""How the databases go about our statements."""

import json
from collections.abc import Coroutine
from typing import Any

from sqlalchemy import event

from core.database import Tx


async def plan_of(tx: Tx, work: Coroutine[Any, Any, object], *, statement: int = -1) -> str:
    """How the last statement of `work`, or another one, would be run on a big table, as the database explains it."""
    seen: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, words: str, parameters: Any, *_: object) -> None:
        seen.append((words, parameters))

    event.listen(tx.sync_connection, "before_cursor_execute", note)
    await work
    event.remove(tx.sync_connection, "before_cursor_execute", note)
    words, parameters = seen[statement]
    if tx.dialect.name == "sqlite":
        rows = await tx.exec_driver_sql("EXPLAIN QUERY PLAN " + words, parameters)
        return json.dumps([row.detail for row in rows])
    await tx.exec_driver_sql("SET LOCAL enable_seqscan = off")
    await tx.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")  # as for the sixth time
    rows = await tx.exec_driver_sql("EXPLAIN " + words, parameters)
    return json.dumps([row[0] for row in rows])

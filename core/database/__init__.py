"""The database: SQLite or PostgreSQL behind the same few calls.

`begin()` is the only thing that commits. Rooms receive the open transaction and never open one themselves.
"""

from core.database.direct import Direct, Statement
from core.database.driver import together
from core.database.engine import HUNG_AFTER, Database, Tx
from core.database.errors import (
    DatabaseUnavailableError,
    NewerDatabaseError,
    OutcomeUnknownError,
    UnmigratedDatabaseError,
)
from core.database.kept import plan_once, rows_among, rows_kept
from core.database.rows import Conflict, change_rows, insert_alike, insert_rows, remove_rows
from core.database.sql import (
    among,
    as_note,
    each_of,
    insert_new,
    is_shared,
    lock_rows,
    lock_table,
    rows_of,
    spelled,
    table_of,
    upsert,
)
from core.database.together import Work
from core.database.types import BigKey, UtcTime

__all__ = [
    "HUNG_AFTER",
    "BigKey",
    "Conflict",
    "Database",
    "DatabaseUnavailableError",
    "Direct",
    "NewerDatabaseError",
    "OutcomeUnknownError",
    "Statement",
    "Tx",
    "UnmigratedDatabaseError",
    "UtcTime",
    "Work",
    "among",
    "as_note",
    "change_rows",
    "each_of",
    "insert_alike",
    "insert_new",
    "insert_rows",
    "is_shared",
    "lock_rows",
    "lock_table",
    "plan_once",
    "remove_rows",
    "rows_among",
    "rows_kept",
    "rows_of",
    "spelled",
    "table_of",
    "together",
    "upsert",
]

"""The database: SQLite or PostgreSQL behind the same few calls.

`begin()` is the only thing that commits. Rooms receive the open transaction and never open one themselves.
"""

from core.database.direct import Direct, Statement
from core.database.engine import Database, Tx
from core.database.errors import (
    DatabaseUnavailableError,
    NewerDatabaseError,
    OutcomeUnknownError,
    UnmigratedDatabaseError,
)
from core.database.rows import Conflict, change_rows, insert_rows
from core.database.sql import (
    among,
    as_note,
    insert_new,
    lock_rows,
    lock_table,
    rows_among,
    rows_of,
    spelled,
    table_of,
    upsert,
)
from core.database.types import BigKey, UtcTime

__all__ = [
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
    "among",
    "as_note",
    "change_rows",
    "insert_new",
    "insert_rows",
    "lock_rows",
    "lock_table",
    "rows_among",
    "rows_of",
    "spelled",
    "table_of",
    "upsert",
]

"""What a database can refuse, in words for whoever runs Sayso."""

import sqlite3

from core.errors import OperatorError, SaysoError, TransientError

_SQLITE_PASSES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
}
_POSTGRES_PASSES = {"08", "53", "57", "40001", "40P01", "55P03", "25P03"}
"""Connection, resources, operator; then serialization, deadlock, a lock or transaction that took long."""
_POSTGRES_REFUSES = {"28000", "28P01", "3D000"}


class DatabaseUnavailableError(TransientError):
    """The database cannot be reached, or is busy for longer than its deadline. Nothing was committed, or the answer to
    the commit was lost: repeating the same work is always safe."""

    code = "database_unavailable"


class OutcomeUnknownError(DatabaseUnavailableError):
    """The connection was lost after the work had been sent: it was committed, or it was not."""

    code = "outcome_unknown"


class DatabaseAddressError(OperatorError):
    """`SAYSO_DATABASE_URL` is not an address Sayso understands."""

    code = "database_address"


class DatabaseRefusedError(OperatorError):
    """The database is there, but not for this user, or not under this name."""

    code = "database_refused"


class NewerDatabaseError(OperatorError):
    """A later version of Sayso has already changed the tables."""

    code = "newer_database"


class UnmigratedDatabaseError(OperatorError):
    """The tables are older than this version, and it was asked not to change them."""

    code = "unmigrated_database"


def meaning(error: object, *, connection_lost: bool = False) -> SaysoError | None:
    """What a driver's error means to Sayso; None for a fault of ours.

    Waiting may help with a lost connection, a restart, a lock held by another, a full disk.
    """
    if connection_lost or _may_pass(error):
        return DatabaseUnavailableError(f"the database did not answer ({first_line(error)})")
    if getattr(error, "sqlstate", None) in _POSTGRES_REFUSES:
        return DatabaseRefusedError(
            f"the database refuses Sayso ({first_line(error)})",
            fix="correct the user, password or database in SAYSO_DATABASE_URL",
        )
    return None


def _may_pass(error: object) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_PASSES
    state = str(getattr(error, "sqlstate", None))
    return bool({state, state[:2]} & _POSTGRES_PASSES)


def first_line(error: object) -> str:
    """An error in one line."""
    return next(iter(str(error).splitlines()), type(error).__name__)

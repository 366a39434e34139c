"""What a database can refuse, in words for whoever runs Sayso."""

from core.errors import OperatorError, TransientError


class DatabaseUnavailableError(TransientError):
    """The database cannot be reached, or is busy for longer than its deadline. Nothing was committed, or the answer to
    the commit was lost: repeating the same work is always safe."""

    code = "database_unavailable"


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

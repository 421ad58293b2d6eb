"""Maps asyncpg's exceptions to Muster's."""

import errno
from functools import partial

import asyncpg

from models.db import failures
from models.db.deadline import DeadlineExceeded, StorageFull, Unavailable
from models.db.transactions import Conflict, UniqueViolation

_READ_ONLY = (asyncpg.ReadOnlySQLTransactionError,)
_FULL = (asyncpg.DiskFullError,)
_BUSY = (
    asyncpg.InsufficientResourcesError,  # too many connections, out of memory
    asyncpg.OperatorInterventionError,  # shutdown, crash, cannot connect now
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


def failure(error: BaseException) -> Exception | None:
    """Returns the exception to raise instead of a driver's; None to keep the driver's."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return UniqueViolation(error.constraint_name or "")
    if isinstance(error, (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)):
        return Conflict(type(error).__name__)
    if isinstance(error, _FULL) or getattr(error, "errno", None) == errno.ENOSPC:
        return StorageFull("The database's disk is full.")
    if isinstance(error, _READ_ONLY):
        return Unavailable("The database accepts no writes at the moment.")
    if isinstance(error, asyncpg.QueryCanceledError):
        return DeadlineExceeded("The database stopped a statement that took too long.")
    if isinstance(error, _BUSY) or is_lost(error):
        return Unavailable("The database can't be reached, or is too busy.")
    return None


def leaves_unknown(error: BaseException) -> bool:
    """Returns whether a COMMIT, or a single write, that raised this error may have succeeded."""
    if isinstance(error, asyncpg.QueryCanceledError):
        return False
    return is_lost(error) or isinstance(error, asyncpg.OperatorInterventionError)


def is_lost(error: BaseException) -> bool:
    """Returns whether the error says that the connection was lost, or could not be opened."""
    if isinstance(error, asyncpg.InterfaceError):  # asyncpg also raises it for incorrect use
        return "closed" in str(error)
    return isinstance(error, (asyncpg.PostgresConnectionError, asyncpg.InternalClientError, OSError))


statement = partial(failures.statement, failure)
translated = partial(failures.translated, failure)

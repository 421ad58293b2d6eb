"""Maps SQLite's exceptions to Muster's."""

import sqlite3
from functools import partial

from models.db import failures
from models.db.deadline import StorageFull, Unavailable
from models.db.transactions import UniqueViolation

_PROBLEMS = {
    sqlite3.SQLITE_BUSY: "Another process has locked the database for too long.",
    sqlite3.SQLITE_LOCKED: "A table of the database is locked.",
    sqlite3.SQLITE_NOMEM: "There is not enough memory.",
    sqlite3.SQLITE_READONLY: "The database accepts no writes at the moment.",
    sqlite3.SQLITE_INTERRUPT: "The statement was interrupted.",
    sqlite3.SQLITE_IOERR: "The database file can't be read or written.",
    sqlite3.SQLITE_CANTOPEN: "The database file can't be opened.",
    sqlite3.SQLITE_PROTOCOL: "The database file is locked.",
}


def failure(error: BaseException) -> Exception | None:
    """Returns the exception to raise instead of a driver's; None to keep the driver's."""
    if isinstance(error, sqlite3.IntegrityError):
        return UniqueViolation(str(error)) if "UNIQUE" in str(error) else None
    code = result_code(error)
    if code == sqlite3.SQLITE_FULL:
        return StorageFull("The database's disk is full.")
    problem = _PROBLEMS.get(code) if code is not None else None
    return None if problem is None else Unavailable(problem)


def result_code(error: BaseException) -> int | None:
    """Returns SQLite's primary result code; None for any other exception."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


statement = partial(failures.statement, failure)
translated = partial(failures.translated, failure)

"""Epochs of the change logs in an SQLite file."""

import sqlite3
from contextlib import closing
from pathlib import Path

_BUSY_SECONDS = 30.0


def renew(path: Path) -> None:
    """Makes the cursors of changes invalid in a copy of a database, which may lack what their clients have read.

    On PostgreSQL a restore creates the tables again, which has the same effect. Raises sqlite3.Error.
    """
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as copy, copy:
        if copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'change'").fetchone():
            copy.execute("UPDATE account SET change_epoch = lower(hex(randomblob(8)))")

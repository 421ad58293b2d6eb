"""SQL texts for SQLite."""

import re
import sqlite3

from models.db.text_cache import cache_texts


@cache_texts(2_000_000)
def numbered(sql: str) -> str:
    """Returns the statement with SQLite's ``?1`` instead of PostgreSQL's ``$1``."""
    return re.sub(r"\$(\d+)", r"?\1", sql)


def statements(script: str) -> list[str]:
    """Splits a script into its statements. A trigger is one statement."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    return found

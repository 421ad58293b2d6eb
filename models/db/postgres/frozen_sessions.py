"""Ends PostgreSQL sessions whose client is frozen, or cut off, in the middle of a transaction.

`statement_timeout` and `idle_in_transaction_session_timeout` don't cover a session that waits for the rest of a
message, such as the rows of a COPY or the values of a prepared statement: PostgreSQL counts it as active, and checks no
timeout while it reads. Its locks would stay until the client's machine answers again.
"""

from models.db import database

FROZEN_AFTER_SECONDS = 15.0
"""Longer than the client of a running statement ever pauses."""


async def end_frozen_sessions(*, after_seconds: float = FROZEN_AFTER_SECONDS) -> int:
    """Ends this application's frozen sessions in this database, and returns their number. 0 on SQLite."""
    if not database.is_postgres():
        return 0
    rows = await database.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid() "
        "AND application_name = current_setting('application_name') "
        "AND state = 'active' AND wait_event_type = 'Client' AND wait_event = 'ClientRead' "
        "AND query_start < clock_timestamp() - make_interval(secs => $1)",
        after_seconds,
    )
    return len(rows)

"""The message that tells all processes how far an account has written.

A replica has the write once it has replayed the log up to the position (LSN) in the message. Inside a transaction the
position would lie before the record of the COMMIT, so the message is sent after it.
"""

from typing import Final
from uuid import UUID

WRITTEN_CHANNEL: Final = "muster_written"


def telling(account_id: UUID) -> str:
    """Returns the statement that sends the message, with a semicolon and without parameters."""
    position = "pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
    return f"SELECT pg_notify('{WRITTEN_CHANNEL}', '{account_id.hex} ' || ({position})::text);"


def parsed(message: str) -> tuple[UUID, int]:
    """Returns the account and the position of a message."""
    account, _, position = message.partition(" ")
    return UUID(account), int(position)

"""Records changes that `database.note_changed` alone can't: opt-outs, and changes by scripts.

Each function that writes a tracked table records the changed objects. Tests compare the change log with the tables.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from models.change import ChangeKind
from models.db import database, phone_locks
from models.db.change_rows import OWN_POSITION

_WITH_NUMBER: Final = "SELECT id FROM contact WHERE account_id = $1 AND {} AND deleted_at {}"


async def note_opt_outs(account_id: UUID, phones: Collection[str]) -> None:
    """Notes changes of numbers in the register: of their opt-outs and of their contacts, also in the trash.

    Waits for transactions that create a contact with one of the numbers, since their contacts can't be read yet.
    """
    if not phones:
        return
    await phone_locks.lock_exclusive(account_id, phones)
    database.note_changed(account_id, ChangeKind.OPT_OUT, [UUID(int=int(phone[1:], 16)) for phone in phones])
    has_number = database.sql_in("phone", "$2", "text")
    rows = await database.fetch(  # one query for each partial index on the number
        " UNION ALL ".join(_WITH_NUMBER.format(has_number, state) for state in ("IS NULL", "IS NOT NULL")),
        account_id,
        list(phones),
    )
    database.note_changed(account_id, ChangeKind.CONTACT, [row["id"] for row in rows])


def noting(objects: str) -> str:
    """Returns a statement that records changes in the account $1. `objects` is a query of kinds and ids.

    PostgreSQL takes an object only once.
    """
    if database.is_postgres():
        return (
            "INSERT INTO change (account_id, position, kind, object_id, changed_at) "
            f"SELECT $1, {OWN_POSITION}, o.kind, o.id, now() FROM ({objects}) AS o ON CONFLICT DO NOTHING"
        )
    return (
        "INSERT INTO change (account_id, kind, object_id, changed_at) "
        f"SELECT $1, o.kind, o.id, CAST(strftime('%s', 'now') AS INTEGER) FROM ({objects}) AS o"
    )

"""Stored numbers of live contacts per tag, updated in the transaction that changes the tags."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from models.db import database
from models.db.database import Row

_UNUSED_AT_ONCE: Final = 1_000
_KEYS: Final = {"account_id": "uuid", "name": "text"}


async def add_to_counts(account_id: UUID, changes: Mapping[str, int]) -> None:
    """Adds to the stored counts, in the order of the names (see services.lists.membership for the order of locks)."""
    rows = [{"name": name, "change": change} for name, change in sorted(changes.items()) if change]
    if rows:
        table = database.rows_of("$2", "r", {"name": "text", "change": "integer"})
        await database.execute(
            f"INSERT INTO tag (account_id, name, contact_count) SELECT $1, r.name, r.change FROM {table} WHERE TRUE "
            "ORDER BY r.name ON CONFLICT (account_id, name) DO UPDATE "
            "SET contact_count = tag.contact_count + excluded.contact_count",
            account_id,
            rows,
        )


async def of_contacts(account_id: UUID, contact_ids: Sequence[UUID]) -> Counter[str]:
    """Returns the number of the contacts with each tag."""
    tags = f"{database.by_keys('contact', 'id')} CROSS JOIN {database.elements_of('contact.tags', 't')}"
    rows = await database.fetch(
        f"SELECT t.value AS name, count(*) AS contact_count FROM {tags} GROUP BY t.value",
        account_id,
        list(contact_ids),
    )
    return Counter({row["name"]: row["contact_count"] for row in rows})


async def add_staged(account_id: UUID, table: str) -> None:
    """Counts the tags of all contacts of a staged table (see models.db.staging). The contacts must be new."""
    await database.execute(
        "INSERT INTO tag (account_id, name, contact_count) "
        f"SELECT $1, t.value, count(*) FROM {table} r, {database.elements_of('r.tags', 't')} WHERE TRUE "
        "GROUP BY t.value ORDER BY t.value ON CONFLICT (account_id, name) DO UPDATE "
        "SET contact_count = tag.contact_count + excluded.contact_count",
        account_id,
    )


async def purge_unused(*, now: datetime) -> int:
    """Deletes the tags of all accounts that no live contact has, and returns their number."""
    del now
    count, rows = 0, await _unused()
    while rows:
        count += await _delete_unused(rows)
        rows = await _unused(*rows[-1])
    return count


async def _unused(*last: UUID | str) -> Sequence[Row]:
    """Returns the next unused tags after a key."""
    behind = " AND (account_id, name) > ($1, $2)" if last else ""
    return await database.fetch(
        f"SELECT account_id, name FROM tag WHERE contact_count = 0{behind} "
        f"ORDER BY account_id, name LIMIT {_UNUSED_AT_ONCE}",
        *last,
    )


@database.transactional
async def _delete_unused(rows: Sequence[Row]) -> int:
    """Deletes the tags, except those that a concurrent transaction uses again."""
    # MATERIALIZED: PostgreSQL may run a subquery again, and with SKIP LOCKED that returns other rows.
    deleted = await database.fetch(
        "WITH unused AS MATERIALIZED (SELECT tag.account_id, tag.name "
        f"FROM {database.rows_of('$1', 'r', _KEYS)} JOIN tag ON tag.account_id = r.account_id AND tag.name = r.name "
        f"WHERE tag.contact_count = 0{database.skip_locked()}) "
        "DELETE FROM tag WHERE contact_count = 0 AND (account_id, name) IN (SELECT account_id, name FROM unused) "
        "RETURNING name",
        [dict(row) for row in rows],
    )
    return len(deleted)

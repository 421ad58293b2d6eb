"""How many live contacts carry each tag; changed in the transaction that changes the tags."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from models import database


async def change(account_id: UUID, changes: Mapping[str, int]) -> None:
    """Adds to the kept counts, in the order of the names (see services.membership on locks)."""
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
    """How many of the contacts carry each tag."""
    tags = f"{database.by_keys('contact', 'id')} CROSS JOIN {database.elements_of('contact.tags', 't')}"
    rows = await database.fetch(
        f"SELECT t.value AS name, count(*) AS contact_count FROM {tags} GROUP BY t.value",
        account_id,
        list(contact_ids),
    )
    return Counter({row["name"]: row["contact_count"] for row in rows})


async def add_staged(account_id: UUID, table: str) -> None:
    """Counts the tags of all contacts of a staged table (see models.staging), which are new."""
    await database.execute(
        "INSERT INTO tag (account_id, name, contact_count) "
        f"SELECT $1, t.value, count(*) FROM {table} r, {database.elements_of('r.tags', 't')} WHERE TRUE "
        "GROUP BY t.value ORDER BY t.value ON CONFLICT (account_id, name) DO UPDATE "
        "SET contact_count = tag.contact_count + excluded.contact_count",
        account_id,
    )

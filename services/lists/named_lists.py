"""Finds and creates lists by their names, many in one statement."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from models.change import ChangeKind
from models.db import database
from services.input.text import fold


async def by_names(account_id: UUID, names: Collection[str]) -> dict[str, UUID]:
    """Returns the lists with these names, by their folded names."""
    keys = [key for key in {fold(name) for name in names} if "\0" not in key]
    if not keys:
        return {}
    rows = await database.fetch(
        f"SELECT id, name_key FROM contact_list WHERE account_id = $1 AND {database.sql_in('name_key', '$2', 'text')}",
        account_id,
        keys,
    )
    return {row["name_key"]: row["id"] for row in rows}


async def create_missing(account_id: UUID, names: Collection[str], *, now: datetime) -> None:
    """Creates the lists that do not exist, in the caller's transaction. The names must be valid for lists."""
    by_key = {fold(name): name for name in names}
    columns = {"id": "uuid", "name": "text", "name_key": "text"}
    at = database.cast_to("$3", "timestamptz")
    made = await database.fetch(
        "INSERT INTO contact_list (account_id, id, name, name_key, contact_count, created_at, updated_at) "
        f"SELECT $1, r.id, r.name, r.name_key, 0, {at}, {at} FROM {database.rows_of('$2', 'r', columns)} WHERE TRUE "
        "ORDER BY r.name_key ON CONFLICT DO NOTHING RETURNING id",
        account_id,
        [{"id": database.uuid7(now), "name": name, "name_key": key} for key, name in by_key.items()],
        now,
    )
    database.note_changed(account_id, ChangeKind.CONTACT_LIST, [row["id"] for row in made])

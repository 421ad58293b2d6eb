"""All that the database keeps, so that a test can show what changed, and that nothing else did."""

from typing import Any

from tortoise import Tortoise

from models import database
from tests.api_client import Api


async def kept(api: Api) -> dict[str, list[dict[str, Any]]]:
    """Every row of the caller's account, by table."""
    found = {}
    for model in Tortoise.apps["models"].values():
        table, columns = model._meta.db_table, sorted(model._meta.fields_db_projection.values())
        key = "id" if table == "account" else "account_id"
        names = ", ".join(f'"{column}"' for column in columns)
        rows = await database.fetch(f"SELECT {names} FROM {table} WHERE {key} = $1", api.account_id)
        found[table] = sorted((dict(zip(columns, row, strict=True)) for row in rows), key=repr)
    return found


async def kept_counts(api: Api) -> tuple[dict[str, int], dict[str, int]]:
    """contactCount of each list and of each tag in use, by name, as they are kept."""
    lists = await database.fetch("SELECT name, contact_count FROM contact_list WHERE account_id = $1", api.account_id)
    tags = await database.fetch(
        "SELECT name, contact_count FROM tag WHERE account_id = $1 AND contact_count <> 0", api.account_id
    )
    return {row["name"]: row["contact_count"] for row in lists}, {row["name"]: row["contact_count"] for row in tags}


async def true_counts(api: Api) -> tuple[dict[str, int], dict[str, int]]:
    """The same, counted."""
    lists = await database.fetch(
        "SELECT l.name, count(c.id) AS contact_count FROM contact_list l LEFT JOIN contact_list_member m "
        "ON m.account_id = l.account_id AND m.contact_list_id = l.id LEFT JOIN contact c "
        "ON c.account_id = m.account_id AND c.id = m.contact_id AND c.deleted_at IS NULL "
        "WHERE l.account_id = $1 GROUP BY l.id, l.name",
        api.account_id,
    )
    tags = await database.fetch(
        f"SELECT t.value AS name, count(*) AS contact_count FROM contact c, {database.elements_of('c.tags', 't')} "
        "WHERE c.account_id = $1 AND c.deleted_at IS NULL GROUP BY t.value",
        api.account_id,
    )
    return {row["name"]: row["contact_count"] for row in lists}, {row["name"]: row["contact_count"] for row in tags}

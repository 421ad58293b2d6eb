"""Reads everything in the database, so that a test can show what changed and that nothing else did."""

from collections.abc import Sequence
from typing import Any

from tortoise import Tortoise

from models.db import database
from models.db.database import Row
from tests.support.api_client import Api


async def stored_rows(api: Api) -> dict[str, list[dict[str, Any]]]:
    """Returns every row of the caller's account, by table."""
    found = {}
    for model in Tortoise.apps["models"].values():
        table, columns = model._meta.db_table, sorted(model._meta.fields_db_projection.values())
        if table == "change":  # the database sets the other columns
            columns = ["kind", "object_id"]
        key = "id" if table == "account" else "account_id"
        names = ", ".join(f'"{column}"' for column in columns)
        rows = await database.fetch(f"SELECT {names} FROM {table} WHERE {key} = $1", api.account_id)
        found[table] = sorted((dict(zip(columns, row, strict=True)) for row in rows), key=repr)
    return found


ValueCounts = tuple[dict[str, int], dict[str, int], dict[str, int]]


async def stored_counts(api: Api) -> ValueCounts:
    """Returns the stored contactCount of each list, each tag in use and each label in use, by name."""
    lists = await database.fetch("SELECT name, contact_count FROM contact_list WHERE account_id = $1", api.account_id)
    tags = await database.fetch(
        "SELECT name, contact_count FROM tag WHERE account_id = $1 AND contact_count <> 0", api.account_id
    )
    labels = await database.fetch(
        "SELECT label AS name, contact_count FROM custom_variable_label WHERE account_id = $1 AND contact_count <> 0",
        api.account_id,
    )
    return _by_name(lists), _by_name(tags), _by_name(labels)


def _by_name(rows: Sequence[Row]) -> dict[str, int]:
    return {row["name"]: row["contact_count"] for row in rows}


async def true_counts(api: Api) -> ValueCounts:
    """Returns the same counts, counted from the contacts."""
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
    labels = await database.fetch(
        "SELECT v.key AS name, count(*) AS contact_count "
        f"FROM contact c, {database.keys_of('c.custom_variables', 'v')} "
        "WHERE c.account_id = $1 AND c.deleted_at IS NULL GROUP BY v.key",
        api.account_id,
    )
    return _by_name(lists), _by_name(tags), _by_name(labels)


Counts = dict[tuple[str, str | None], int]


async def stored_campaign_counts(api: Api) -> Counts:
    """Returns the stored contactCount of each campaign and of its segments, by campaign name and segment."""
    of_account = "WHERE c.account_id = $1"
    campaigns = await database.fetch(f"SELECT c.name, c.contact_count FROM campaign c {of_account}", api.account_id)
    segments = await database.fetch(
        "SELECT c.name, s.segment_id, s.contact_count FROM campaign c JOIN campaign_segment s "
        f"ON s.account_id = c.account_id AND s.campaign_id = c.id {of_account}",
        api.account_id,
    )
    stored: Counts = {(row["name"], None): row["contact_count"] for row in campaigns}
    return stored | {(row["name"], row["segment_id"]): row["contact_count"] for row in segments}


async def true_campaign_counts(api: Api) -> Counts:
    """Returns the same counts, counted from the rows. A campaign also counts its contacts without a segment."""
    places = (
        "LEFT JOIN campaign_contact r ON r.account_id = c.account_id AND r.campaign_id = c.id {segment} "
        "LEFT JOIN contact p ON p.account_id = r.account_id AND p.id = r.contact_id AND p.deleted_at IS NULL "
        "WHERE c.account_id = $1"
    )
    campaigns = await database.fetch(
        "SELECT c.name, count(p.id) AS contact_count FROM campaign c "
        f"{places.format(segment='')} GROUP BY c.id, c.name",
        api.account_id,
    )
    segments = await database.fetch(
        "SELECT c.name, s.segment_id, count(p.id) AS contact_count FROM campaign c JOIN campaign_segment s "
        "ON s.account_id = c.account_id AND s.campaign_id = c.id "
        f"{places.format(segment='AND r.segment_id = s.segment_id')} GROUP BY c.id, c.name, s.segment_id",
        api.account_id,
    )
    true: Counts = {(row["name"], None): row["contact_count"] for row in campaigns}
    return true | {(row["name"], row["segment_id"]): row["contact_count"] for row in segments}

"""Checks that two servers that executed the same mutations wrote the same rows."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any

import asyncpg

_CONTACT = (
    "phone, first_name, last_name, name, full_name, email, company_name, notes, tags, custom_variables, external_id, "
    "sender_number, verified_at, status, invalid_reason, operator, operator_country, country, time_zones, owner_id, "
    "owned_at, last_inbound_at, last_outbound_at, imported_by_job_id, search_text, deleted_at, purge_at"
)
# Ids and instants differ between servers, so they are left out. Instants that must be equal within a row are compared.
_WRITTEN = {
    "contacts": f"SELECT {_CONTACT} FROM contact WHERE id > {{last}}",
    "instants of contacts": "SELECT count(*), sum(CASE WHEN updated_at >= created_at THEN 1 ELSE 0 END) FROM contact",
    "memberships": (
        "SELECT contact.phone, m.contact_list_id, m.created_at = contact.created_at FROM contact_list_member m "
        "JOIN contact ON contact.account_id = m.account_id AND contact.id = m.contact_id WHERE m.contact_id > {last}"
    ),
    "lists": "SELECT account_id, id, name, contact_count FROM contact_list",
    "tags": "SELECT account_id, name, contact_count FROM tag",
    "assignees": "SELECT contact_id, user_id FROM contact_assignee",
    "campaigns": "SELECT account_id, id, name, contact_count FROM campaign",
    "places": (
        "SELECT contact.phone, p.campaign_id, p.name, p.context, p.extracted_data, p.external_id, p.assignee_id, "
        "p.segment_id, p.updated_at = p.created_at FROM campaign_contact p "
        "JOIN contact ON contact.account_id = p.account_id AND contact.id = p.contact_id"
    ),
    "consent": "SELECT count(*) FROM consent_event",
}

Written = dict[str, "Counter[tuple[Any, ...]]"]


def written(url: str, last_id: str) -> Written:
    """Returns the rows that exist now, by kind. `last_id` is the id of the newest contact before the measurement."""
    sql = {name: statement.format(last=f"'{last_id}'") for name, statement in _WRITTEN.items()}
    path = url.removeprefix("sqlite:///")
    rows = _of_sqlite(path, sql) if path != url else asyncio.run(_of_postgres(url, sql))
    return {name: Counter(map(_hashable, found)) for name, found in rows.items()}


def difference(one: Written, other: Written) -> str | None:
    """Describes the first kind of rows that differs, for a person. Returns None if there is no difference."""
    for name in one:
        if one[name] != other[name]:
            only_one, only_other = list(one[name] - other[name]), list(other[name] - one[name])
            return (
                f"{name}: {len(only_one)} rows are in the first alone, {len(only_other)} in the second:\n"
                f"{only_one[:3]}\n{only_other[:3]}"
            )
    return None


def newest_id(url: str) -> str:
    sql = {"newest": "SELECT id FROM contact ORDER BY id DESC LIMIT 1"}
    path = url.removeprefix("sqlite:///")
    rows = _of_sqlite(path, sql) if path != url else asyncio.run(_of_postgres(url, sql))
    return str(rows["newest"][0][0])


def _of_sqlite(path: str, sql: dict[str, str]) -> dict[str, Sequence[Any]]:
    connection = sqlite3.connect(path)
    try:
        return {name: connection.execute(statement).fetchall() for name, statement in sql.items()}
    finally:
        connection.close()


async def _of_postgres(url: str, sql: dict[str, str]) -> dict[str, Sequence[Any]]:
    connection = await asyncpg.connect(url)
    try:
        return {name: await connection.fetch(statement) for name, statement in sql.items()}
    finally:
        await connection.close()


def _hashable(row: Any) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)

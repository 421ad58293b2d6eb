"""Writes a custom operator prefix, in one statement."""

from datetime import datetime
from uuid import UUID

from models.db import database


async def upsert(account_id: UUID, prefix: str, operator: str, country: str | None, *, now: datetime) -> bool:
    """Creates the prefix, or changes its operator and country. Returns False if it has them already."""
    changed = await database.execute(
        "INSERT INTO operator_prefix (account_id, prefix, operator, country, created_at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (account_id, prefix) DO UPDATE SET operator = excluded.operator, country = excluded.country "
        "WHERE operator_prefix.operator <> excluded.operator "
        "OR coalesce(operator_prefix.country, '') <> coalesce(excluded.country, '')",
        account_id,
        prefix,
        operator,
        country,
        now,
    )
    return changed > 0

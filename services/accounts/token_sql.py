"""Looks up a token with its account and its user. Every request runs this statement, unless the caller is cached."""

from datetime import datetime
from uuid import UUID

from models.db import database
from models.db.database import Row

_SELECTED = """
SELECT t.id AS token_id, t.user_id, t.scopes, t.last_used_at, t.expires_at, u.role, a.id AS account_id,
       a.default_region, a.phone_policy, a.digits_only_numbers, a.network_check, a.contact_protection_hours,
       a.trash_retention_days, a.opt_out_keywords, a.opt_in_keywords,
       EXISTS (SELECT 1 FROM operator_prefix p WHERE p.account_id = a.id) AS has_prefixes
FROM api_token t
JOIN account a ON a.id = t.account_id
LEFT JOIN account_user u ON u.account_id = t.account_id AND u.id = t.user_id
"""
_IS_VALID = (
    "t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) AND (t.user_id IS NULL OR u.is_active)"
)
_LOOK_UP = f"{_SELECTED}WHERE t.secret_hash = $1 AND {_IS_VALID}"
_BY_ID = f"{_SELECTED}WHERE t.account_id = $3 AND t.id = $1 AND {_IS_VALID}"


async def look_up(secret_hash: str, *, now: datetime) -> Row | None:
    """Returns the valid token with this hash, the settings of its account and the role of its active user."""
    rows = await database.fetch_reserved(_LOOK_UP, secret_hash, now)
    return rows[0] if rows else None


async def look_up_by_id(account_id: UUID, token_id: UUID, *, now: datetime) -> Row | None:
    """Returns the same for the account's token with this ID."""
    return await database.fetch_one(_BY_ID, token_id, now, account_id)

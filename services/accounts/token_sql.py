"""Looks up a token with its account and its user. Every request runs this statement, unless the caller is cached."""

from datetime import datetime

from models.db import database
from models.db.database import Row

_LOOK_UP = """
SELECT t.id AS token_id, t.user_id, t.scopes, t.last_used_at, t.expires_at, u.role, a.id AS account_id,
       a.default_region, a.phone_policy, a.digits_only_numbers, a.network_check, a.contact_protection_hours,
       a.trash_retention_days, a.opt_out_keywords, a.opt_in_keywords,
       EXISTS (SELECT 1 FROM operator_prefix p WHERE p.account_id = a.id) AS has_prefixes
FROM api_token t
JOIN account a ON a.id = t.account_id
LEFT JOIN account_user u ON u.account_id = t.account_id AND u.id = t.user_id
WHERE t.secret_hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
  AND (t.user_id IS NULL OR u.is_active)
"""


async def look_up(secret_hash: str, *, now: datetime) -> Row | None:
    """Returns the valid token with this hash, the settings of its account and the role of its active user."""
    rows = await database.fetch_reserved(_LOOK_UP, secret_hash, now)
    return rows[0] if rows else None

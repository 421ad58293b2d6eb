"""Looks up a token with its account and its user. Every request runs this statement, unless the caller is cached."""

from datetime import datetime
from uuid import UUID

from models.db import database
from models.db.database import Row

_SELECTED = """
SELECT t.id AS token_id, t.user_id, t.scopes, t.last_used_at, t.expires_at, u.role, a.id AS account_id,
       a.default_region, a.phone_policy, a.digits_only_numbers, a.network_check, a.contact_protection_hours,
       a.trash_retention_days, a.opt_out_keywords, a.opt_in_keywords,
       EXISTS (SELECT 1 FROM operator_prefix p WHERE p.account_id = {account}) AS has_prefixes
FROM api_token t
JOIN account a ON a.id = {account}
LEFT JOIN account_user u ON u.account_id = {account} AND u.id = t.user_id
WHERE """
_IS_VALID = (
    "t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) AND (t.user_id IS NULL OR u.is_active)"
)
_OF_ACCOUNT = f"{_SELECTED.format(account='$3')}t.account_id = $3 AND "
_BY_ID = f"{_OF_ACCOUNT}t.id = $1 AND {_IS_VALID}"
_LOOK_UP_ANYWHERE = f"{_SELECTED.format(account='t.account_id')}t.secret_hash = $1 AND {_IS_VALID}"


async def look_up(secret_hash: str, *, account_id: UUID | None, now: datetime) -> Row | None:
    """Returns the valid token with this hash, the settings of its account and the role of its active user.

    Without an account, it looks at the tokens of all accounts, which are on several nodes of a Citus cluster.
    """
    if account_id is None:
        rows = await database.fetch_reserved(_LOOK_UP_ANYWHERE, secret_hash, now)
    else:
        of_secret = database.selective("t.secret_hash = $1")
        rows = await database.fetch_reserved(f"{_OF_ACCOUNT}{of_secret} AND {_IS_VALID}", secret_hash, now, account_id)
    return rows[0] if rows else None


async def look_up_by_id(account_id: UUID, token_id: UUID, *, now: datetime) -> Row | None:
    """Returns the same for the account's token with this ID."""
    return await database.fetch_one(_BY_ID, token_id, now, account_id)

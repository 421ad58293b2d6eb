"""Looks up the user that a JWT names, with the settings of the account."""

from uuid import UUID

from models.db import database
from models.db.database import Row

_SELECTED = """
SELECT u.id AS user_id, u.role, a.id AS account_id,
       a.default_region, a.phone_policy, a.digits_only_numbers, a.network_check, a.contact_protection_hours,
       a.trash_retention_days, a.opt_out_keywords, a.opt_in_keywords,
       EXISTS (SELECT 1 FROM operator_prefix p WHERE p.account_id = $1) AS has_prefixes
FROM account_user u
JOIN account a ON a.id = u.account_id
WHERE u.account_id = $1 AND u.is_active AND """
# A user with a stored subject is found by it alone, so that another person can't take over the e-mail address.
_LOOK_UP = f"""{_SELECTED}(u.subject = $2 OR (u.subject IS NULL AND u.email_key = $3))
ORDER BY u.subject IS NULL
LIMIT 1
"""


async def look_up(account_id: UUID, *, subject: str | None, email: str | None) -> Row | None:
    """Returns the active user of the account with the subject, or without one and with the e-mail address."""
    rows = await database.fetch_reserved(_LOOK_UP, account_id, subject, email and email.lower())
    return rows[0] if rows else None


async def look_up_by_id(account_id: UUID, user_id: UUID) -> Row | None:
    """Returns the account's active user with this ID."""
    return await database.fetch_one(f"{_SELECTED}u.id = $2", account_id, user_id)


async def only_account() -> UUID | None:
    """Returns the account's ID if there is exactly one account."""
    rows = await database.fetch_reserved("SELECT id FROM account LIMIT 2")
    return rows[0]["id"] if len(rows) == 1 else None

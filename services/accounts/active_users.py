"""Looks up active users of an account by id or e-mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from models.db import database


@dataclass(frozen=True, slots=True)
class ActiveUsers:
    """The active users among those looked up. E-mail addresses are case-insensitive."""

    ids: frozenset[UUID]
    by_email: dict[str, UUID]

    def with_email(self, email: str) -> UUID | None:
        return self.by_email.get(email.strip().lower())


async def load_named(account_id: UUID, *, ids: Iterable[UUID] = (), emails: Iterable[str] = ()) -> ActiveUsers:
    """Looks up users in one statement. Runs no statement if no ids or e-mails are given."""
    wanted_ids = list(set(ids))
    wanted_emails = [email for email in {email.strip().lower() for email in emails} if email.isprintable()]
    if not wanted_ids and not wanted_emails:
        return ActiveUsers(frozenset(), {})
    rows = await database.fetch(
        "SELECT id, email_key FROM account_user WHERE account_id = $1 AND is_active AND "
        f"({database.sql_in('id', '$2', 'uuid')} OR {database.sql_in('email_key', '$3', 'text')})",
        account_id,
        wanted_ids,
        wanted_emails,
    )
    return ActiveUsers(frozenset(row["id"] for row in rows), {row["email_key"]: row["id"] for row in rows})

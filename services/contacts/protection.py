"""Ownership of contacts, and its protection from other users (docs/concepts.md, "Ownership and protection")."""

from datetime import datetime, timedelta
from uuid import UUID


def protected_until(
    *, owned_at: datetime | None, is_owner_active: bool | None, hours: int, now: datetime
) -> datetime | None:
    """Returns when the contact's protection from other users ends, or None if it is not protected.

    At exactly that time, the protection is over. An inactive owner protects nothing, and 0 hours switch it off.
    """
    if hours <= 0 or owned_at is None or not is_owner_active:
        return None
    until = owned_at + timedelta(hours=hours)
    return until if now < until else None


def is_protected(
    *,
    owner_id: UUID | None,
    is_owner_active: bool | None,
    owned_at: datetime | None,
    hours: int,
    from_user_id: UUID | None,
    now: datetime,
) -> bool:
    """Returns whether the contact is protected from the user. Its owner always has access."""
    until = protected_until(owned_at=owned_at, is_owner_active=is_owner_active, hours=hours, now=now)
    return until is not None and owner_id != from_user_id


def owned_since(
    owner_id: UUID | None, *, before: UUID | None, owned_at: datetime | None, now: datetime
) -> datetime | None:
    """Returns when the owner became the owner, or None without an owner. Saving the same owner again keeps the time."""
    if owner_id is None:
        return None
    return owned_at if owner_id == before and owned_at is not None else now

"""Whose a contact is, and for how long its owner's colleagues keep off (classification.md, "Data" and "Protected")."""

from datetime import datetime, timedelta
from uuid import UUID


def protected_until(
    *, owned_at: datetime | None, is_owner_active: bool | None, hours: int, now: datetime
) -> datetime | None:
    """Until when the owner's colleagues have to keep off; None where they need not. Exactly at the end it is over.

    An owner who is not active protects nothing.
    """
    if owned_at is None or not is_owner_active:
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
    """Whether a user has to keep off. Nobody is protected from themself."""
    until = protected_until(owned_at=owned_at, is_owner_active=is_owner_active, hours=hours, now=now)
    return until is not None and owner_id != from_user_id


def owned_since(
    owner_id: UUID | None, *, before: UUID | None, owned_at: datetime | None, now: datetime
) -> datetime | None:
    """When the owner became the owner: untouched by saving the same owner again, cleared with it."""
    if owner_id is None:
        return None
    return owned_at if owner_id == before and owned_at is not None else now

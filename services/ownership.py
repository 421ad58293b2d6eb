"""Whose a contact is, and for how long its owner's colleagues keep off (classification.md, "Data" and "Protected")."""

from datetime import datetime, timedelta
from uuid import UUID


def is_protected(
    *,
    owner_id: UUID | None,
    is_owner_active: bool | None,
    owned_at: datetime | None,
    hours: int,
    from_user_id: UUID | None,
    now: datetime,
) -> bool:
    """Whether a user has to keep off. Nobody is protected from themself; an inactive owner protects nothing."""
    if owner_id is None or owned_at is None or not is_owner_active or owner_id == from_user_id:
        return False
    return now < owned_at + timedelta(hours=hours)


def owned_since(
    owner_id: UUID | None, *, before: UUID | None, owned_at: datetime | None, now: datetime
) -> datetime | None:
    """When the owner became the owner: untouched by saving the same owner again, cleared with it."""
    if owner_id is None:
        return None
    return owned_at if owner_id == before and owned_at is not None else now

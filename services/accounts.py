"""Accounts: making one, and what it decides for itself."""

from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from models import database
from models.database import Row
from services.authentication import Settings, forget_callers
from services.given import Field, a_line, a_number, assignments, read_fields
from services.phone_numbers import NetworkCheck, PhonePolicy, is_region
from services.refusal import Code, refuse

MAX_NAME = 200
MAX_PROTECTION_HOURS = 720
MAX_RETENTION_DAYS = 3650


class AccountChanges(TypedDict, total=False):
    """What is to change; an absent key stays as it is."""

    name: str | None
    default_region: str | None
    phone_policy: PhonePolicy | None
    network_check: NetworkCheck | None
    contact_protection_hours: int | None
    trash_retention_days: int | None


def _region(code: str) -> str:
    if not is_region(code):
        raise refuse(Code.INVALID, f"{code[:20]!r} is not a region: two letters in upper case, such as KE.")
    return code


_FIELDS = {
    "name": Field("name", a_line(MAX_NAME)),
    "default_region": Field("defaultRegion", _region, is_nullable=True),
    "phone_policy": Field("phonePolicy", PhonePolicy),
    "network_check": Field("networkCheck", NetworkCheck),
    "contact_protection_hours": Field("contactProtectionHours", a_number(0, MAX_PROTECTION_HOURS)),
    "trash_retention_days": Field("trashRetentionDays", a_number(1, MAX_RETENTION_DAYS)),
}


async def create(*, name: str, default_region: str | None, now: datetime) -> UUID:
    """A new account with the defaults of rules.md; its id. Raises Refused: REQUIRED, TOO_LONG, INVALID."""
    values = read_fields({"name": name, "default_region": default_region}, _FIELDS)
    account_id = database.uuid7(now)
    async with database.transaction():
        await database.execute(
            "INSERT INTO account (id, name, default_region, phone_policy, network_check, contact_protection_hours, "
            "trash_retention_days, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 0, 90, $6, $6)",
            account_id,
            values["name"],
            values["default_region"],
            PhonePolicy.POSSIBLE,
            NetworkCheck.COVERED,
            now,
        )
    return account_id


async def update(*, account_id: UUID, changes: AccountChanges, now: datetime) -> Settings:
    """Changes the account and nothing else: not what is in its trash already, nor the status of its contacts.

    Gives its settings from now on. Raises Refused: REQUIRED, TOO_LONG, INVALID; NOT_FOUND without a path.
    """
    values: dict[str, Any] = read_fields(changes, _FIELDS) | {"updated_at": now}
    async with database.transaction():
        row = await database.fetch_one(
            f"UPDATE account SET {assignments(values, first=2)} WHERE id = $1 RETURNING default_region, phone_policy, "
            "network_check, contact_protection_hours, trash_retention_days",
            account_id,
            *values.values(),
        )
    if row is None:
        raise refuse(Code.NOT_FOUND, "There is no such account.")
    await forget_callers()
    return _settings(account_id, row)


async def settings(account_id: UUID) -> Settings:
    """What the account has decided, as it is now. Raises Refused: NOT_FOUND without a path."""
    row = await database.fetch_one(
        "SELECT default_region, phone_policy, network_check, contact_protection_hours, trash_retention_days "
        "FROM account WHERE id = $1",
        account_id,
    )
    if row is None:
        raise refuse(Code.NOT_FOUND, "There is no such account.")
    return _settings(account_id, row)


def _settings(account_id: UUID, row: Row) -> Settings:
    return Settings(
        account_id=account_id,
        default_region=row["default_region"],
        phone_policy=PhonePolicy(row["phone_policy"]),
        network_check=NetworkCheck(row["network_check"]),
        contact_protection_hours=row["contact_protection_hours"],
        trash_retention_days=row["trash_retention_days"],
    )

"""Creates accounts and changes their settings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from models import Account
from models.db import database
from services.accounts.authentication import forget_callers
from services.accounts.own_keywords import check_distinct, read_keywords
from services.accounts.settings import AccountSettings, load_account_settings
from services.audit import recording as audit
from services.audit.recording import AuditAction
from services.ids import IdPrefix
from services.input.field_readers import Field, a_line, a_number, read_fields
from services.phones import network_recheck
from services.phones.numbers import DigitsOnlyNumbers, NetworkCheck, PhonePolicy, is_region
from services.refusal import Code, refuse

MAX_NAME = 200
MAX_PROTECTION_HOURS = 720
MAX_RETENTION_DAYS = 3650


class AccountChanges(TypedDict, total=False):
    """Settings to change. A missing key leaves its setting unchanged."""

    name: str | None
    default_region: str | None
    phone_policy: PhonePolicy | None
    digits_only_numbers: DigitsOnlyNumbers | None
    network_check: NetworkCheck | None
    contact_protection_hours: int | None
    trash_retention_days: int | None
    keywords: Mapping[str, Sequence[str] | None] | None


def _region(code: str) -> str:
    if not is_region(code):
        raise refuse(Code.INVALID, f"{code[:20]!r} is not a region code. Use two upper-case letters, such as KE.")
    return code


_FIELDS = {
    "name": Field("name", a_line(MAX_NAME)),
    "default_region": Field("defaultRegion", _region, is_nullable=True),
    "phone_policy": Field("phonePolicy", PhonePolicy),
    "digits_only_numbers": Field("digitsOnlyNumbers", DigitsOnlyNumbers),
    "network_check": Field("networkCheck", NetworkCheck),
    "contact_protection_hours": Field("contactProtectionHours", a_number(0, MAX_PROTECTION_HOURS)),
    "trash_retention_days": Field("trashRetentionDays", a_number(1, MAX_RETENTION_DAYS)),
    "keywords": Field("keywords", read_keywords),
}


async def create(*, name: str, default_region: str | None, now: datetime) -> UUID:
    """Creates an account with the defaults of docs/concepts.md ("Accounts") and returns its id.

    Raises Refused: REQUIRED, TOO_LONG, INVALID.
    """
    values = read_fields({"name": name, "default_region": default_region}, _FIELDS)
    account_id = database.uuid7(now)
    async with database.transaction():
        await Account.create(
            id=account_id,
            phone_policy=PhonePolicy.POSSIBLE,
            network_check=NetworkCheck.COVERED,
            contact_protection_hours=0,
            trash_retention_days=90,
            created_at=now,
            updated_at=now,
            **values,
        )
        summary = "Created the account."
        audit.record(account_id, AuditAction.CHANGE_ACCOUNT, summary, subject=(IdPrefix.ACCOUNT, account_id), now=now)
    return account_id


async def update(
    *, account_id: UUID, changes: AccountChanges, user_id: UUID | None, now: datetime
) -> tuple[AccountSettings, UUID | None]:
    """Changes the account's settings. Contacts that are already in the trash keep their purge date.

    Returns the new settings and, if networkCheck changed, the id of the job that checks all contacts again, else None.
    Raises Refused: REQUIRED, TOO_LONG, INVALID; NOT_FOUND without a path.
    """
    values: dict[str, Any] = read_fields(changes, _FIELDS) | {"updated_at": now}
    summary = audit.changed(_FIELDS[name].path for name in changes)
    values |= values.pop("keywords", {})
    job_id = await _write(account_id, values, summary, user_id, now)
    await forget_callers()
    return await load_account_settings(account_id), job_id


@database.transactional
async def _write(
    account_id: UUID, values: dict[str, Any], summary: str, user_id: UUID | None, now: datetime
) -> UUID | None:
    before = await Account.select_for_update().get_or_none(id=account_id)
    if before is None:
        raise refuse(Code.NOT_FOUND, "There is no such account.")
    check_distinct(
        values.get("opt_out_keywords", before.opt_out_keywords), values.get("opt_in_keywords", before.opt_in_keywords)
    )
    await Account.filter(id=account_id).update(**values)
    job_id = None
    if values.get("network_check", before.network_check) != before.network_check:
        job_id = await network_recheck.start(account_id=account_id, prefix=None, user_id=user_id, now=now)
    subject = (IdPrefix.ACCOUNT, account_id)
    audit.record(account_id, AuditAction.CHANGE_ACCOUNT, summary, subject=subject, job_id=job_id, now=now)
    return job_id

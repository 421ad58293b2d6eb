"""Users of an account."""

from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from models import User
from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db import database
from models.db.database import UniqueViolation
from services.accounts import tokens
from services.accounts.authentication import Role, forget_callers
from services.audit import recording as audit
from services.ids import IdPrefix
from services.input.field_readers import Field, a_line, email_address, read_fields
from services.input.text import fold
from services.refusal import Code, Refused, refuse

MAX_NAME = 200
MAX_SUBJECT = 255


class UserChanges(TypedDict, total=False):
    """Changes of a user. A missing key leaves the field unchanged."""

    email: str | None
    name: str | None
    role: Role | None
    is_active: bool | None
    subject: str | None


_FIELDS = {
    "email": Field("email", email_address),
    "name": Field("name", a_line(MAX_NAME)),
    "role": Field("role", Role),
    "is_active": Field("isActive", bool),
    "subject": Field("subject", a_line(MAX_SUBJECT), is_nullable=True),
}


async def create(
    *, account_id: UUID, email: str, name: str, role: Role, now: datetime, subject: str | None = None
) -> UUID:
    """Creates an active user and returns the id.

    `subject` is the user's ID at the identity provider, by which a JWT then names the user. Raises Refused:
    REQUIRED, TOO_LONG, INVALID, INVALID_EMAIL, DUPLICATE_NAME.
    """
    values = _read({"email": email, "name": name, "role": role, "subject": subject})
    user_id = database.uuid7(now)
    try:
        async with database.transaction():
            await User.create(
                account_id=account_id, id=user_id, is_active=True, created_at=now, updated_at=now, **values
            )
            database.note_changed(account_id, ChangeKind.USER, [user_id])
            about = (IdPrefix.USER, user_id)
            audit.record(account_id, AuditAction.CREATE_USER, "Created a user.", subject=about, now=now)
    except UniqueViolation as violation:
        raise _is_taken(violation) from None
    return user_id


async def update(*, account_id: UUID, user_id: UUID, changes: UserChanges, now: datetime) -> None:
    """Changes a user. A deactivated user keeps contacts and assignments, but loses all tokens.

    Raises Refused: as `create`; NOT_FOUND; WRONG_STATE if no active ADMIN would remain in the account.
    """
    values = _read(changes) | {"updated_at": now}
    is_leaving = values.get("is_active") is False
    try:
        async with database.transaction():
            if is_leaving or values.get("role", Role.ADMIN) is not Role.ADMIN:
                await _keep_an_admin(account_id, user_id, "isActive" if is_leaving else "role")
            if not await User.filter(account_id=account_id, id=user_id).update(**values):
                raise refuse(Code.NOT_FOUND, "There is no such user.", "id")
            database.note_changed(account_id, ChangeKind.USER, [user_id])
            if is_leaving:
                await tokens.revoke_of_user(account_id=account_id, user_id=user_id, now=now)
            summary = audit.changed(_FIELDS[name].path for name in changes)
            audit.record(account_id, AuditAction.CHANGE_USER, summary, subject=(IdPrefix.USER, user_id), now=now)
    except UniqueViolation as violation:
        raise _is_taken(violation) from None
    await forget_callers()


def _read(given: Any) -> dict[str, Any]:
    values = read_fields(given, _FIELDS)
    if "email" in values:
        values["email_key"] = values["email"].lower()
    if "name" in values:
        values["name_key"] = fold(values["name"])
    return values


def _is_taken(violation: UniqueViolation) -> Refused:
    if "subject" in str(violation):
        return refuse(Code.DUPLICATE_NAME, "Another user of the account has this subject.", "subject")
    return refuse(Code.DUPLICATE_NAME, "Another user of the account has this e-mail address.", "email")


async def _keep_an_admin(account_id: UUID, user_id: UUID, path: str) -> None:
    """Refuses if the user is the last active ADMIN. Locks all admins, so that concurrent deactivations run one by one.

    The lock is a weak one that does not block the assignment of contacts to a user.
    """
    admins = User.filter(account_id=account_id, role=Role.ADMIN, is_active=True).order_by("id")
    if [admin.id for admin in await admins.select_for_update(no_key=True)] == [user_id]:
        raise refuse(
            Code.WRONG_STATE, "This is the last active ADMIN of the account. Make another user an ADMIN first.", path
        )

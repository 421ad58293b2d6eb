"""Users of an account."""

from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from models.db import database
from models.db.database import UniqueViolation
from services.accounts import tokens
from services.accounts.authentication import Role, forget_callers
from services.input.field_readers import Field, a_line, assignments, email_address, read_fields
from services.input.text import fold
from services.refusal import Code, Refused, refuse

MAX_NAME = 200


class UserChanges(TypedDict, total=False):
    """Changes of a user. A missing key leaves the field unchanged."""

    email: str | None
    name: str | None
    role: Role | None
    is_active: bool | None


_FIELDS = {
    "email": Field("email", email_address),
    "name": Field("name", a_line(MAX_NAME)),
    "role": Field("role", Role),
    "is_active": Field("isActive", bool),
}


async def create(*, account_id: UUID, email: str, name: str, role: Role, now: datetime) -> UUID:
    """Creates an active user and returns the id.

    Raises Refused: REQUIRED, TOO_LONG, INVALID, INVALID_EMAIL, DUPLICATE_NAME.
    """
    values = _read({"email": email, "name": name, "role": role})
    user_id = database.uuid7(now)
    try:
        async with database.transaction():
            await database.execute(
                "INSERT INTO account_user "
                "(account_id, id, email, email_key, name, role, is_active, created_at, updated_at, name_key) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)",
                account_id,
                user_id,
                values["email"],
                values["email_key"],
                values["name"],
                values["role"],
                True,
                now,
                values["name_key"],
            )
    except UniqueViolation:
        raise _email_is_taken() from None
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
            changed = await database.execute(
                f"UPDATE account_user SET {assignments(values, first=3)} WHERE account_id = $1 AND id = $2",
                account_id,
                user_id,
                *values.values(),
            )
            if not changed:
                raise refuse(Code.NOT_FOUND, "There is no such user.", "id")
            if is_leaving:
                await tokens.revoke_of_user(account_id=account_id, user_id=user_id, now=now)
    except UniqueViolation:
        raise _email_is_taken() from None
    await forget_callers()


def _read(given: Any) -> dict[str, Any]:
    values = read_fields(given, _FIELDS)
    if "email" in values:
        values["email_key"] = values["email"].lower()
    if "name" in values:
        values["name_key"] = fold(values["name"])
    return values


def _email_is_taken() -> Refused:
    return refuse(Code.DUPLICATE_NAME, "Another user of the account has this e-mail address.", "email")


async def _keep_an_admin(account_id: UUID, user_id: UUID, path: str) -> None:
    """Refuses if the user is the last active ADMIN. Locks all admins, so that concurrent deactivations run one by one.

    The lock is a weak one that does not block the assignment of contacts to a user.
    """
    lock = " FOR NO KEY UPDATE" if database.is_postgres() else ""
    admins = await database.fetch(
        f"SELECT id FROM account_user WHERE account_id = $1 AND role = $2 AND is_active ORDER BY id{lock}",
        account_id,
        Role.ADMIN,
    )
    if [admin["id"] for admin in admins] == [user_id]:
        raise refuse(
            Code.WRONG_STATE, "This is the last active ADMIN of the account. Make another user an ADMIN first.", path
        )

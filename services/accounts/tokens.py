"""API tokens of an account."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from uuid import UUID

from models import ApiToken, User
from models.audit_actions import AuditAction
from models.db import database
from services.accounts.authentication import Scope, forget_callers, hash_secret, new_secret
from services.audit import recording as audit
from services.ids import IdPrefix
from services.input.field_readers import Field, a_line, read_fields
from services.refusal import Code, refuse
from services.webhooks import disabling

MAX_NAME = 200


async def create(
    *,
    account_id: UUID,
    name: str,
    user_id: UUID | None,
    scopes: Collection[Scope],
    expires_at: datetime | None,
    now: datetime,
    grantable: Collection[Scope] = frozenset(Scope),
    expires_by: datetime | None = None,
) -> tuple[UUID, str]:
    """Creates a token. Returns its id and its secret; only the secret's hash is stored.

    `grantable` are the scopes of the creator; the operator of the server has all. `expires_by` is the expiry of the
    creator's own token, which the new token must not outlive; None if it does not expire. Raises Refused: REQUIRED,
    TOO_LONG, INVALID; FORBIDDEN for a scope that is not grantable, or an expiry after `expires_by`; NOT_FOUND for an
    unknown user, or WRONG_STATE for an inactive one.
    """
    token_id, secret = database.uuid7(now), new_secret(account_id)
    values = read_fields(
        {"name": name, "scopes": scopes, "expires_at": expires_at},
        {
            "name": Field("name", a_line(MAX_NAME)),
            "scopes": Field("scopes", partial(_scopes, grantable=grantable)),
            "expires_at": Field("expiresAt", partial(_later, than=now), is_nullable=True),
        },
    )
    if expires_by is not None and (values["expires_at"] is None or values["expires_at"] > expires_by):
        message = f"A token can't outlive the token that creates it, which expires at {expires_by.isoformat()}."
        raise refuse(Code.FORBIDDEN, message, "expiresAt")
    async with database.transaction():
        if user_id is not None:
            await _require_active(account_id, user_id)
        await ApiToken.create(
            account_id=account_id,
            id=token_id,
            user_id=user_id,
            secret_hash=hash_secret(secret),
            created_at=now,
            **values,
        )
        subject = (IdPrefix.API_TOKEN, token_id)
        audit.record(account_id, AuditAction.CREATE_TOKEN, "Created an API token.", subject=subject, now=now)
    return token_id, secret


async def revoke(*, account_id: UUID, token_id: UUID, now: datetime) -> bool:
    """Revokes a token immediately, and returns whether it exists. A token that is already revoked keeps its date.

    Switches off the webhook endpoints of the token.
    """
    async with database.transaction():
        token = ApiToken.filter(account_id=account_id, id=token_id)
        if await token.filter(revoked_at=None).update(revoked_at=now):
            subject = (IdPrefix.API_TOKEN, token_id)
            audit.record(account_id, AuditAction.REVOKE_TOKEN, "Revoked an API token.", subject=subject, now=now)
        is_known = await token.exists()
        await disabling.disable_of_token(account_id, token_id, now=now)
    await forget_callers()
    return is_known


async def revoke_of_user(*, account_id: UUID, user_id: UUID, now: datetime) -> None:
    """Revokes all tokens of a user permanently. Call it in the transaction that deactivates the user."""
    await ApiToken.filter(account_id=account_id, user_id=user_id, revoked_at=None).update(revoked_at=now)
    await disabling.disable_of_user(account_id, user_id, now=now)


def _scopes(requested: Collection[Scope], *, grantable: Collection[Scope]) -> list[Scope]:
    if not requested:
        raise refuse(Code.REQUIRED, "A token requires at least one scope.")
    if beyond := sorted(set(requested) - set(grantable)):
        raise refuse(Code.FORBIDDEN, f"A token can't have more scopes than its creator, who lacks {', '.join(beyond)}.")
    return sorted(set(requested))


def _later(instant: datetime, *, than: datetime) -> datetime:
    if instant <= than:
        raise refuse(Code.INVALID, "The time must be in the future.")
    return instant


async def _require_active(account_id: UUID, user_id: UUID) -> None:
    """Locks the user's row until the token is written, so that a concurrent deactivation also revokes the token."""
    user = await User.select_for_update(no_key=True).get_or_none(account_id=account_id, id=user_id)
    if user is None:
        raise refuse(Code.NOT_FOUND, "There is no such user.", "userId")
    if not user.is_active:
        raise refuse(Code.WRONG_STATE, "The user is not active.", "userId")

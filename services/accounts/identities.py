"""Looks up the caller that the operator's identity provider has authenticated."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from models.db.deadline import Deadline, DeadlineExceeded, Unavailable
from services.accounts import identity_sql
from services.accounts.authentication import (
    SCOPES_OF_ROLE,
    Caller,
    Role,
    Scope,
    callers,
)
from services.accounts.settings import settings_of_row


class UnknownIdentity(Exception):
    """The account has no active user for the JWT. The text says why, and is safe for the client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The claims of a verified JWT about its user.

    `account_id` is None if the server has one account. At least one of `subject` and `email` is set. `scopes` is None
    if the JWT does not restrict the scopes.
    """

    issuer: str
    account_id: UUID | None
    subject: str | None
    email: str | None
    scopes: frozenset[Scope] | None
    expires_at: datetime
    accepted_until: datetime
    """`expires_at` and the leeway for clocks that differ."""


async def authenticate_identity(identity: Identity, fingerprint: bytes, *, now: datetime) -> Caller:
    """Returns the caller of a JWT: its user, with the stored role and all its scopes, or those that the JWT names.

    The cache keeps it by the fingerprint of its credentials. Raises UnknownIdentity, and Unavailable if the database
    does not answer in time.
    """
    cache = callers()
    generation = cache.generation
    try:
        with Deadline(cache.look_up_seconds):
            caller = await _looked_up(identity)
    except DeadlineExceeded:
        raise Unavailable("The user of the token could not be looked up in time.") from None
    cache.remember(fingerprint, caller, expires_at=identity.accepted_until, generation=generation, now=now)
    return caller


async def _looked_up(identity: Identity) -> Caller:
    account_id = identity.account_id or await identity_sql.only_account()
    if account_id is None:
        raise UnknownIdentity("The server has several accounts, and the JWT does not say which one is meant.")
    row = await identity_sql.look_up(account_id, subject=identity.subject, email=identity.email)
    if row is None:
        raise UnknownIdentity("The account has no active user with the JWT's subject or verified e-mail address.")
    role = Role(row["role"])
    scopes = SCOPES_OF_ROLE[role]
    return Caller(
        settings=await settings_of_row(row),
        token_id=uuid5(row["user_id"], identity.issuer),  # the same for each JWT of the user, for limits
        user_id=row["user_id"],
        role=role,
        scopes=scopes if identity.scopes is None else scopes & identity.scopes,
        expires_at=identity.expires_at,
    )


async def standing_user(account_id: UUID, user_id: UUID) -> Caller | None:
    """Returns an active user with all scopes of the role, for work in the name of a caller by JWT; otherwise None."""
    row = await identity_sql.look_up_by_id(account_id, user_id)
    if row is None:
        return None
    role = Role(row["role"])
    return Caller(await settings_of_row(row), user_id, user_id, role, SCOPES_OF_ROLE[role])

"""Authentication: looks up the account, the user and the scopes of a token by its secret."""

import asyncio
import hashlib
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from models import ApiToken
from models.db import database, notifications
from models.db.application import PerApplication, create_detached_task
from models.db.deadline import Deadline, DeadlineExceeded, Unavailable
from services.accounts import token_sql
from services.accounts.settings import AccountSettings, settings_of_row

log = structlog.get_logger("services.accounts.authentication")

_SECRET_BYTES = 32
SECRET_START = "muster_"
_WITH_ACCOUNT = re.compile(rf"{SECRET_START}([\w-]{{22}})[\w-]{{43}}", re.ASCII)
"""A secret with its account's ID. Secrets of earlier versions have no ID."""


class Scope(StrEnum):
    CONTACTS_READ = "CONTACTS_READ"
    CONTACTS_WRITE = "CONTACTS_WRITE"
    CAMPAIGNS_READ = "CAMPAIGNS_READ"
    CAMPAIGNS_WRITE = "CAMPAIGNS_WRITE"
    MESSAGES_READ = "MESSAGES_READ"
    MESSAGES_WRITE = "MESSAGES_WRITE"
    ADMIN = "ADMIN"


class Role(StrEnum):
    ADMIN = "ADMIN"
    MANAGER = "MANAGER"
    AGENT = "AGENT"


_ALL_BUT_ADMIN = frozenset(Scope) - {Scope.ADMIN}
SCOPES_OF_ROLE = {Role.ADMIN: frozenset(Scope), Role.MANAGER: _ALL_BUT_ADMIN, Role.AGENT: _ALL_BUT_ADMIN}


@dataclass(frozen=True, slots=True)
class Caller:
    """The account and user that a token authenticates. `scopes` are the token's scopes that the user's role allows."""

    settings: AccountSettings
    token_id: UUID
    user_id: UUID | None
    role: Role | None
    scopes: frozenset[Scope]
    expires_at: datetime | None = None
    """When the token expires; None if it does not."""

    @property
    def account_id(self) -> UUID:
        return self.settings.account_id

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    @property
    def may_manage(self) -> bool:
        """True if the caller may do what docs/concepts.md ("Users, roles and tokens") reserves for MANAGER and ADMIN.

        A token without a user is restricted only by its scopes.
        """
        return self.role is None or self.role in (Role.MANAGER, Role.ADMIN)


def new_secret(account_id: UUID) -> str:
    """Returns a new secret: the account's ID, by which a look-up finds the token's node, and 256 random bits."""
    return f"{SECRET_START}{urlsafe_b64encode(account_id.bytes).decode()[:22]}{secrets.token_urlsafe(_SECRET_BYTES)}"


def _account_in(secret: str) -> UUID | None:
    found = _WITH_ACCOUNT.fullmatch(secret)
    return None if found is None else UUID(bytes=urlsafe_b64decode(f"{found[1]}=="))


def hash_secret(secret: str) -> str:
    """Returns the hash that is stored instead of the secret. A secret has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class _CachedCaller(NamedTuple):
    caller: Caller
    since: datetime
    until: datetime


class CallerCache:
    """Cache of callers by the fingerprint of their credentials, so that a burst of requests looks its token up once.

    0 seconds disable the cache. Code that changes a token, a user or an account must call `forget_callers`.
    """

    def __init__(self, *, seconds: float = 0, look_up_seconds: float = 10.0, size: int = 10_000) -> None:
        self.seconds = seconds
        self.look_up_seconds = look_up_seconds
        """Time limit for the database lookup of a caller that is not in the cache."""
        self._size = size
        self._cached: OrderedDict[bytes, _CachedCaller] = OrderedDict()
        self.generation = 0
        """Increases with each `forget`. A caller that was looked up under an older generation is not cached."""

    def __len__(self) -> int:
        return len(self._cached)

    def get(self, fingerprint: bytes, *, now: datetime) -> Caller | None:
        cached = self._cached.get(fingerprint)
        return cached.caller if cached is not None and cached.since <= now < cached.until else None

    def remember(
        self, fingerprint: bytes, caller: Caller, *, expires_at: datetime | None, generation: int, now: datetime
    ) -> None:
        """Caches the caller for `seconds`, but not beyond the token's expiry.

        `generation` is the cache's generation before the lookup.
        """
        if self.seconds <= 0 or generation != self.generation:
            return
        until = now + timedelta(seconds=self.seconds)
        if expires_at is not None and expires_at < until:
            until = expires_at
        self._cached[fingerprint] = _CachedCaller(caller, now, until)
        self._cached.move_to_end(fingerprint)
        if len(self._cached) > self._size:
            self._cached.popitem(last=False)

    def forget(self) -> None:
        self._cached.clear()
        self.generation += 1


callers = PerApplication(CallerCache)
"""The server sets the `seconds` and `look_up_seconds` of its cache."""


class LastUses:
    """Records when tokens are used, in background tasks, so that a read-only request never waits for a write.

    A failed write is dropped. The next lookup of the token tries again.
    """

    def __init__(self) -> None:
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._has_failed = False

    def note(self, caller: Caller, *, now: datetime) -> None:
        """Starts a write of the token's last use.

        Does nothing while a write for the same token is pending, or while writes for 100 tokens are pending.
        """
        token_id = caller.token_id
        if token_id in self._tasks or len(self._tasks) >= _MOST_NOTES:
            return
        task = create_detached_task(self._write(caller, now))
        self._tasks[token_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(token_id))

    async def finish(self, *, seconds: float = 1.0) -> None:
        """Waits up to `seconds` for the pending writes, then cancels the rest."""
        tasks = list(self._tasks.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _write(self, caller: Caller, now: datetime) -> None:
        try:
            with Deadline(_NOTE_SECONDS, account_id=caller.account_id):
                token = ApiToken.filter(account_id=caller.account_id, id=caller.token_id)
                await token.update(last_used_at=now)
            self._has_failed = False
        except Exception as error:  # noqa: BLE001  # a read-only database still serves reads
            if not self._has_failed:  # log once per outage, not once per request
                log.warning("could not record the last use of a token", error=type(error).__name__)
            self._has_failed = True


last_uses = PerApplication(LastUses)

FORGET_CHANNEL = "muster_forget_callers"


async def forget_callers() -> None:
    """Clears the caller caches after a token, a user or an account was changed.

    Takes effect when the change is committed. On PostgreSQL, a notification also clears the caches of other processes.
    On SQLite, other processes use their cached callers until these expire.
    """
    database.after_commit(callers().forget)
    await notifications.notify(FORGET_CHANNEL)


_USED_EVERY_SECONDS = 60
_NOTE_SECONDS = 5.0
_MOST_NOTES = 100


def fingerprint_of(credentials: bytes) -> bytes:
    """Returns the key of credentials in the cache of callers, which every request computes. The hash is a fast one."""
    return hashlib.blake2s(credentials).digest()


async def authenticate(secret: str, *, now: datetime, fingerprint: bytes | None = None) -> Caller | None:
    """Returns the caller of the token with this secret. `fingerprint` is that of the credentials with the secret.

    Returns None if the token is unknown, expired or revoked, or if its user is not active. Raises Unavailable if the
    database does not answer in time. The time of use is recorded in the background.
    """
    cache, fingerprint = callers(), fingerprint or fingerprint_of(secret.encode())
    if (remembered := cache.get(fingerprint, now=now)) is not None:
        return remembered
    generation = cache.generation
    try:
        with Deadline(cache.look_up_seconds):
            caller, row = await _look_up(hash_secret(secret), _account_in(secret), now)
    except DeadlineExceeded:
        raise Unavailable("The token could not be looked up in time.") from None
    if caller is None:
        return None
    last_used_at = row["last_used_at"]
    if last_used_at is None or (now - last_used_at).total_seconds() >= _USED_EVERY_SECONDS:
        last_uses().note(caller, now=now)
    cache.remember(fingerprint, caller, expires_at=row["expires_at"], generation=generation, now=now)
    return caller


async def _look_up(secret_hash: str, account_id: UUID | None, now: datetime) -> tuple[Caller | None, Any]:
    """Returns the caller and the row of the lookup."""
    row = await token_sql.look_up(secret_hash, account_id=account_id, now=now)
    return (None, None) if row is None else (await _caller_of_row(row), row)


async def _caller_of_row(row: Any) -> Caller:
    scopes = frozenset(map(Scope, row["scopes"]))
    role = Role(row["role"]) if row["role"] else None
    return Caller(
        settings=await settings_of_row(row),
        token_id=row["token_id"],
        user_id=row["user_id"],
        role=role,
        scopes=scopes if role is None else scopes & SCOPES_OF_ROLE[role],
        expires_at=row["expires_at"],
    )


async def standing_caller(account_id: UUID, *, token_id: UUID, now: datetime) -> Caller | None:
    """Returns the caller that a token authenticates now, for work in its name without its secret.

    Returns None if the token is unknown, expired or revoked, or if its user is not active.
    """
    row = await token_sql.look_up_by_id(account_id, token_id, now=now)
    return None if row is None else await _caller_of_row(row)

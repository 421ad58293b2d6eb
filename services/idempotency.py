"""Requests that may be sent again: the first answer under a key is kept, and what comes again gets it.

The key, the answer and all that the request wrote are one transaction: after a crash there are all or none.
"""

import hashlib
import secrets
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from models import database
from models.transactions import part
from services import expiry

KEPT_FOR = timedelta(hours=24)
MAX_KEY = 255
_SALT_BYTES = 16


class KeyReused(Exception):
    """Another request came under this key before."""


class KeyInUse(Exception):
    """The first request under this key is still running."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


_running: set[tuple[UUID, str]] = set()
"""The keys of the requests that this process is busy with."""


async def once(
    *,
    account_id: UUID,
    key: str,
    request_hash: str,
    run: Callable[[], Awaitable[Answer]],
    is_outside: bool = False,
    now: datetime,
) -> tuple[Answer, bool]:
    """The answer to a request, and whether it is the one that was kept from the first time.

    `run` does what is asked, inside the transaction that keeps its answer; it may be called again from the start. What
    it raises undoes everything and comes through, and the key is as good as new. Raises KeyReused and KeyInUse. Where
    two processes share SQLite's one writer, the second waits for the first and gets its answer instead of KeyInUse; on
    PostgreSQL two keys of which one is in use can, by a chance of 1 in 2**64, be taken for the same.

    `is_outside`: `run` writes nothing here, so SQLite's writer is not held for it; two processes may both run it.
    """
    kept = await _kept(account_id, key, request_hash, now)
    if kept is not None:
        return kept, True
    running = (account_id, key)
    if running in _running:
        raise KeyInUse
    _running.add(running)
    try:
        if is_outside and not database.is_postgres():
            run = partial(_given, await run())
        return await database.as_one_transaction(partial(_first, account_id, key, request_hash, run, now))
    finally:
        _running.discard(running)


async def purge_expired(*, now: datetime) -> int:
    """Forgets the keys of any account that are past their time; how many."""
    return await expiry.delete_past("idempotency_key", "created_at", until=now - KEPT_FOR, key="account_id, key_hash")


async def _first(
    account_id: UUID, key: str, request_hash: str, run: Callable[[], Awaitable[Answer]], now: datetime
) -> tuple[Answer, bool]:
    async with part(is_undone_alone=False):
        if not await database.try_lock(account_id.bytes + key.encode()):
            raise KeyInUse
        kept = await _kept(account_id, key, request_hash, now)  # somebody else's, who has just ended
    if kept is not None:
        return kept, True
    answer = await run()
    async with part(is_undone_alone=False):
        written = await database.execute(
            "INSERT INTO idempotency_key (account_id, key_hash, request_hash, status, answer, created_at) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, key_hash) DO UPDATE SET "
            "request_hash = excluded.request_hash, status = excluded.status, answer = excluded.answer, "
            "created_at = excluded.created_at WHERE idempotency_key.created_at <= $7",
            account_id,
            _key_hash(key),
            request_hash,
            answer.status,
            _sealed(answer.body, key),
            now,
            now - KEPT_FOR,
        )
    if not written:
        raise database.Conflict("the key was taken meanwhile")
    return answer, False


async def _given(answer: Answer) -> Answer:
    return answer


async def _kept(account_id: UUID, key: str, request_hash: str, now: datetime) -> Answer | None:
    row = await database.fetch_one(
        "SELECT request_hash, status, answer FROM idempotency_key "
        "WHERE account_id = $1 AND key_hash = $2 AND created_at > $3",
        account_id,
        _key_hash(key),
        now - KEPT_FOR,
    )
    if row is None:
        return None
    if row["request_hash"] != request_hash:
        raise KeyReused
    return Answer(row["status"], _opened(row["answer"], key))


def _key_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


# An answer may hold what is shown once, such as a token's secret, and kept nowhere else. So it can be read with the key
# alone, of which a hash is kept: with nothing but the database it is noise, unless the key can be guessed.


def _sealed(body: bytes, key: str) -> bytes:
    packed, salt = zlib.compress(body, 1), secrets.token_bytes(_SALT_BYTES)
    return salt + _masked(packed, salt, key)


def _opened(sealed: bytes, key: str) -> bytes:
    return zlib.decompress(_masked(sealed[_SALT_BYTES:], sealed[:_SALT_BYTES], key))


def _masked(data: bytes, salt: bytes, key: str) -> bytes:
    mask = hashlib.shake_256(salt + key.encode()).digest(len(data))
    return (int.from_bytes(data) ^ int.from_bytes(mask)).to_bytes(len(data))

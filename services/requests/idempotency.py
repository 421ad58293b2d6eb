"""Idempotency keys: stores the first answer under a key, and returns it when the request is repeated.

The key, the answer and all writes of the request are one transaction, so a crash cannot separate them.
"""

import hashlib
import secrets
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from models.db import database
from models.db.application import PerApplication
from models.db.transactions import transaction_part
from services import batch_delete

KEPT_FOR = timedelta(hours=24)
MAX_KEY = 255
_SALT_BYTES = 16


class KeyReused(Exception):
    """A different request used this key before."""


class AnswerPurged(Exception):
    """The request was executed, and its answer was deleted when contacts were purged."""


class KeyInUse(Exception):
    """The first request with this key is still running."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


_running = PerApplication[set[tuple[UUID, str]]](set)
"""The keys of the requests that this process is running."""


async def run_once(
    *,
    account_id: UUID,
    owner_id: UUID,
    key: str,
    request_hash: str,
    run: Callable[[], Awaitable[Answer]],
    is_outside: bool = False,
    now: datetime,
) -> tuple[Answer, bool]:
    """Returns the answer to a request, and whether it is the stored answer of an earlier request.

    Keys are separate for each owner: `owner_id` is a user, or a token without a user.

    `run` executes the request in the transaction that stores its answer. The transaction may retry, so `run` may be
    called again. An exception from `run` rolls everything back and propagates; the key is then unused.

    Raises KeyReused, AnswerPurged and KeyInUse. If two processes share a SQLite database, the second waits for the
    first and gets its answer instead of KeyInUse. On PostgreSQL, a key can be mistaken for another key in use, with a
    probability of 1 in 2**64.

    `is_outside`: `run` writes nothing to this database, so it runs without SQLite's write lock. Two processes may both
    run it.
    """
    own_key = f"{owner_id}:{key}"
    kept = await _kept(account_id, own_key, request_hash, now)
    if kept is not None:
        return kept, True
    running, own = _running(), (account_id, own_key)
    if own in running:
        raise KeyInUse
    running.add(own)
    try:
        if is_outside and not database.is_postgres():
            run = partial(_given, await run())
        return await database.atomic(partial(_first, account_id, own_key, request_hash, run, now))
    finally:
        running.discard(own)


async def purge_expired(*, now: datetime) -> int:
    """Deletes expired keys of all accounts, and returns their number."""
    return await batch_delete.delete_past(
        "idempotency_key", "created_at", until=now - KEPT_FOR, key="account_id, key_hash"
    )


async def empty_answers(account_id: UUID, *, before: datetime) -> None:
    """Deletes the answers to requests of the account from before an instant. Their keys remain in use."""
    some = (
        "SELECT key_hash FROM idempotency_key WHERE account_id = $1 AND created_at < $2 AND length(answer) > 0 "
        f"LIMIT {batch_delete.BATCH}"
    )
    sql = f"UPDATE idempotency_key SET answer = $3 WHERE account_id = $1 AND key_hash IN ({some})"
    while await database.execute(sql, account_id, before, b"") == batch_delete.BATCH:
        pass


async def _first(
    account_id: UUID, key: str, request_hash: str, run: Callable[[], Awaitable[Answer]], now: datetime
) -> tuple[Answer, bool]:
    async with transaction_part(rolls_back_alone=False):
        if not await database.try_lock(account_id.bytes + key.encode()):
            raise KeyInUse
        kept = await _kept(account_id, key, request_hash, now)  # another process may just have stored the answer
    if kept is not None:
        return kept, True
    answer = await run()
    async with transaction_part(rolls_back_alone=False):
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
        raise database.Conflict("another request stored an answer under the key first")
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
    if not row["answer"]:
        raise AnswerPurged
    return Answer(row["status"], _opened(row["answer"], key))


def _key_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


# An answer may contain a secret that is shown only once, such as a token's, and stored nowhere else. Answers are
# therefore encrypted with the idempotency key, and the database stores only a hash of the key. Without the key, or a
# guess of it, the database does not reveal them.


def _sealed(body: bytes, key: str) -> bytes:
    packed, salt = zlib.compress(body, 1), secrets.token_bytes(_SALT_BYTES)
    return salt + _masked(packed, salt, key)


def _opened(sealed: bytes, key: str) -> bytes:
    return zlib.decompress(_masked(sealed[_SALT_BYTES:], sealed[:_SALT_BYTES], key))


def _masked(data: bytes, salt: bytes, key: str) -> bytes:
    mask = hashlib.shake_256(salt + key.encode()).digest(len(data))
    return (int.from_bytes(data) ^ int.from_bytes(mask)).to_bytes(len(data))

"""Transactions, which are retried after conflicts and can be nested.

`atomic` runs several transactional functions in one transaction, such as the root fields of a GraphQL
operation. Each function is then a part with its own savepoint, so that a part that fails undoes only its own changes.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast
from uuid import UUID

from tortoise.transactions import in_transaction

from models.db.change_rows import Changed, united
from models.db.deadline import TemporaryFailure

T = TypeVar("T")
P = ParamSpec("P")
_ATTEMPTS = 20
Statement = tuple[str, Sequence[Any]]
"""A statement with its arguments."""


class Conflict(Exception):
    """The transaction conflicts with another one that was first. It can be retried."""


class UniqueViolation(Conflict):
    """A statement violated the unique constraint that the text names. On PostgreSQL this aborts the transaction."""


class TransactionOver(Exception):
    """Work that began in a transaction continued after its end, on a connection that other work may use."""


@dataclass(slots=True, eq=False)
class _OutermostTransaction:
    """An outermost transaction."""

    has_parts: bool
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Serializes concurrent work on the transaction's only connection."""
    callbacks: list[Callable[[], None]] = field(default_factory=list)
    waits: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    last: list[Statement] = field(default_factory=list)
    """The statements to run with the COMMIT."""
    changed: list[Changed] = field(default_factory=list)
    """The objects that the transaction has changed."""
    has_change_rows: bool = False
    """A statement has inserted rows into the change log itself."""
    is_broken: bool = False
    """A part raised Conflict, even if a caller caught it: the whole transaction has to be retried."""
    failure: TemporaryFailure | None = None
    """The temporary failure of a part, even if a caller caught it: nothing is written."""
    is_over: bool = False


class _Position(NamedTuple):
    """The position of the running code."""

    whole: _OutermostTransaction
    is_in_part: bool


_place: ContextVar[_Position | None] = ContextVar("place", default=None)


def in_a_transaction() -> bool:
    return _place.get() is not None


def is_between_parts() -> bool:
    """Returns whether a statement that runs now is outside every part of a transaction that has parts."""
    place = _place.get()
    return place is not None and place.whole.has_parts and not place.is_in_part


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Runs the block in a transaction. On SQLite it has the only write lock, so await nothing else in it."""
    place = _place.get()
    if place is None:
        async with _outermost(has_parts=False):
            yield
    elif is_between_parts():
        async with transaction_part(rolls_back_alone=True):
            yield
    else:
        with _forgetting_notes_of_failures(place.whole):
            async with in_transaction("default"):
                yield


def transactional(work: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Decorator: runs a function in a transaction, and retries it from its start after a `Conflict`.

    Inside a transaction, the function becomes part of it. A rollback must undo all effects of the function. It passes
    work that follows the commit to `after_commit`.
    """

    @wraps(work)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        place = _place.get()
        if place is None:
            return await _retry_after_conflicts(lambda: work(*args, **kwargs), has_parts=False)
        if not is_between_parts():
            return await work(*args, **kwargs)
        try:
            async with transaction_part(rolls_back_alone=True):
                return await work(*args, **kwargs)
        except Conflict:
            place.whole.is_broken = True
            raise

    return run


async def atomic(work: Callable[[], Awaitable[T]]) -> T:
    """Runs `work` as one transaction, and returns its result. All of its changes are written, or none.

    After a conflict in any part, `work` is retried from its start, even if it caught the exception. A transactional
    function or a single statement that fails in it undoes only its own changes, and the rest continues. Concurrent
    calls in it run one after another. Must not be called inside a transaction.
    """
    return await _retry_after_conflicts(work, has_parts=True)


def after_commit(callback: Callable[[], None]) -> None:
    """Calls the callback after the transaction's commit, never after its rollback; outside transactions, immediately.

    Notifications use it, because their receivers would not find the data before the commit. The callback must not
    raise.
    """
    place = _place.get()
    if place is None:
        callback()
    else:
        place.whole.callbacks.append(callback)


def wait_after_commit(wait: Callable[[], Awaitable[None]]) -> None:
    """Awaits `wait` after the commit of the running transaction, before its caller continues.

    If it raises, the caller gets the exception although the changes are committed, so only ResultUnknown makes sense.
    """
    place = _place.get()
    if place is None:
        raise RuntimeError("there is no transaction to wait after")
    place.whole.waits.append(wait)


def insert_at_commit(table: str, row: Mapping[str, Any]) -> None:
    """Inserts a row when the running transaction commits, together with its COMMIT: it costs no round trip.

    The values are UUIDs, texts without NUL, whole numbers, instants and None. Nothing in the transaction can read the
    row, and no other table may depend on it.
    """
    place = _place.get()
    if place is None:
        raise RuntimeError("there is no transaction that would insert the row")
    place.whole.last.append((_insertion(table, tuple(row)), [*row.values()]))


@cache
def _insertion(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"


def execute_at_commit(sql: str, args: Sequence[Any]) -> bool:
    """Runs a statement when the running transaction commits, together with its COMMIT: it costs no round trip.

    Besides the values of `insert_at_commit`, an argument may be a list of UUIDs with a cast such as ``$1::uuid[]``, or
    a list or a dict for ``$1::jsonb``. Returns False without effect if the transaction has parts, because a later part
    may read what the statement writes. Raises RuntimeError outside transactions.
    """
    place = _place.get()
    if place is None:
        raise RuntimeError("there is no transaction that would run the statement")
    if place.whole.has_parts:
        return False
    place.whole.last.append((sql, args))
    return True


def note_changed(account_id: UUID, kind: int, ids: Collection[UUID], *, staged: str | None = None) -> None:
    """Inserts a row into the change log for each object when the running transaction commits.

    `kind` is a `models.change.ChangeKind`. `staged` is a staged table (see models.db.staging): its rows are such
    objects, too. Each object gets one row for each transaction, however often it is noted.
    """
    if not ids and staged is None:
        return
    place = _place.get()
    if place is None:
        raise RuntimeError("change objects in a transaction, which records the change")
    place.whole.changed.append(Changed(account_id, kind, ids, staged))


def note_change_rows() -> None:
    """Notes that a statement of the running transaction inserts rows into the change log itself."""
    if (place := _place.get()) is not None:
        place.whole.has_change_rows = True


async def _retry_after_conflicts(work: Callable[[], Awaitable[T]], *, has_parts: bool) -> T:
    for _ in range(_ATTEMPTS - 1):
        try:
            async with _outermost(has_parts=has_parts):
                return await work()
        except Conflict:
            continue
    async with _outermost(has_parts=has_parts):
        return await work()


@asynccontextmanager
async def _outermost(*, has_parts: bool) -> AsyncIterator[None]:
    whole = _OutermostTransaction(has_parts)
    async with in_transaction("default") as client:
        before = _place.set(_Position(whole, is_in_part=False))
        try:
            yield
            if whole.failure is not None:
                raise whole.failure
            if whole.is_broken:
                raise Conflict("a part conflicted with another transaction")
            if whole.last or whole.changed:
                await cast(Any, client).run_at_commit(whole.last, united(whole.changed), has_rows=whole.has_change_rows)
        finally:
            async with whole.turn:  # an abandoned task may still be reading
                whole.is_over = True
            _place.reset(before)
    for callback in whole.callbacks:
        callback()
    for wait in whole.waits:
        await wait()


@asynccontextmanager
async def transaction_part(*, rolls_back_alone: bool) -> AsyncIterator[None]:
    """Runs the block as a part of the transaction, with exclusive use of its connection.

    Raises Conflict if an earlier part raised Conflict.
    """
    place = _place.get()
    assert place is not None
    whole = place.whole
    async with whole.turn:
        if whole.is_over:
            raise TransactionOver
        if whole.failure is not None:
            raise whole.failure
        if whole.is_broken:
            raise Conflict("an earlier part conflicted with another transaction")
        before = _place.set(_Position(whole, is_in_part=True))
        try:
            with _forgetting_notes_of_failures(whole):
                if rolls_back_alone:
                    async with in_transaction("default"):
                        yield
                else:
                    yield
        except BaseException as error:
            if isinstance(error, TemporaryFailure):
                whole.failure = error
            raise
        finally:
            _place.reset(before)


@contextmanager
def _forgetting_notes_of_failures(whole: _OutermostTransaction) -> Iterator[None]:
    """If the block fails, forgets what it wanted to happen with the COMMIT and after it."""
    noted: tuple[list[Any], ...] = (whole.callbacks, whole.waits, whole.last, whole.changed)
    counts = [len(each) for each in noted]
    try:
        yield
    except BaseException:
        for each, count in zip(noted, counts, strict=True):
            del each[count:]
        raise

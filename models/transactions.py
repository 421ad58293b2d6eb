"""Transactions: all or nothing, run again from the start where they met another one, and one inside the other.

`as_one_transaction` makes one of functions that each believe they have their own, as the root fields of a GraphQL
operation do. There each of them is a part: a savepoint, so that a part that fails undoes itself alone.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar

from tortoise.transactions import in_transaction

from models.deadline import TemporaryFailure

T = TypeVar("T")
P = ParamSpec("P")
_ATTEMPTS = 20


class Conflict(Exception):
    """Another transaction was first; this one can be run again."""


class UniqueViolation(Conflict):
    """A statement met a unique constraint; its text names it. On PostgreSQL the transaction is then lost."""


class TransactionOver(Exception):
    """Work that began in a transaction continued after its end, on a connection that other work may use."""


@dataclass(slots=True, eq=False)
class _Whole:
    """An outermost transaction."""

    has_parts: bool
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """There is one connection, and what is asked of it at the same time has to wait."""
    callbacks: list[Callable[[], None]] = field(default_factory=list)
    is_broken: bool = False
    """A part met a Conflict, whoever has swallowed it since: the whole has to be run again."""
    failure: TemporaryFailure | None = None
    """A part met one, whoever has caught it since: nothing is written."""
    is_over: bool = False


class _Place(NamedTuple):
    """The position of the running code."""

    whole: _Whole
    is_in_part: bool


_place: ContextVar[_Place | None] = ContextVar("place", default=None)


def in_a_transaction() -> bool:
    return _place.get() is not None


def is_between_parts() -> bool:
    """Returns whether a statement that runs now is outside every part of a transaction that has parts."""
    place = _place.get()
    return place is not None and place.whole.has_parts and not place.is_in_part


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Everything inside is written or nothing is. On SQLite it holds the only write lock: await nothing else in it."""
    place = _place.get()
    if place is None:
        async with _whole(has_parts=False):
            yield
    elif is_between_parts():
        async with part(is_undone_alone=True):
            yield
    else:
        async with in_transaction("default"):
            yield


def transactional(work: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Runs a function in a transaction, and again from its start where that met another one (`Conflict`).

    Inside a transaction it belongs to that one. The function must do nothing that a rollback does not undo; what is to
    be done once all is committed it gives to `after_commit`.
    """

    @wraps(work)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        place = _place.get()
        if place is None:
            return await _again_after_conflicts(lambda: work(*args, **kwargs), has_parts=False)
        if not is_between_parts():
            return await work(*args, **kwargs)
        try:
            async with part(is_undone_alone=True):
                return await work(*args, **kwargs)
        except Conflict:
            place.whole.is_broken = True
            raise

    return run


async def as_one_transaction(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` gives. All that it does is written, or nothing; where any of it met another transaction it is run
    again from its start, even if it took that exception for something else.

    In it, a transactional function or a statement by itself that fails undoes what it did, and the rest goes on. What
    is asked at the same time is done one after another. Must not be called inside a transaction.
    """
    return await _again_after_conflicts(work, has_parts=True)


def after_commit(callback: Callable[[], None]) -> None:
    """Calls it once what is being written is committed, and never if it is rolled back; at once outside transactions.

    For what others are told: before the commit they would look and find nothing. It must not raise.
    """
    place = _place.get()
    if place is None:
        callback()
    else:
        place.whole.callbacks.append(callback)


async def _again_after_conflicts(work: Callable[[], Awaitable[T]], *, has_parts: bool) -> T:
    for _ in range(_ATTEMPTS - 1):
        try:
            async with _whole(has_parts=has_parts):
                return await work()
        except Conflict:
            continue
    async with _whole(has_parts=has_parts):
        return await work()


@asynccontextmanager
async def _whole(*, has_parts: bool) -> AsyncIterator[None]:
    whole = _Whole(has_parts)
    async with in_transaction("default"):
        before = _place.set(_Place(whole, is_in_part=False))
        try:
            yield
            if whole.failure is not None:
                raise whole.failure
            if whole.is_broken:
                raise Conflict("a part of it met another transaction")
        finally:
            async with whole.turn:  # somebody may still be reading who has been given up
                whole.is_over = True
            _place.reset(before)
    for callback in whole.callbacks:
        callback()


@asynccontextmanager
async def part(*, is_undone_alone: bool) -> AsyncIterator[None]:
    """A part of a transaction that has parts, with the connection to itself. Raises Conflict once one has broken it."""
    place = _place.get()
    assert place is not None
    whole = place.whole
    async with whole.turn:
        if whole.is_over:
            raise TransactionOver
        if whole.failure is not None:
            raise whole.failure
        if whole.is_broken:
            raise Conflict("an earlier part met another transaction")
        before = _place.set(_Place(whole, is_in_part=True))
        callbacks = len(whole.callbacks)
        try:
            if is_undone_alone:
                async with in_transaction("default"):
                    yield
            else:
                yield
        except BaseException as error:
            del whole.callbacks[callbacks:]
            if isinstance(error, TemporaryFailure):
                whole.failure = error
            raise
        finally:
            _place.reset(before)

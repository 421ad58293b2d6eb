"""Fetches the values of a field for a whole level of sources."""

from abc import ABC, abstractmethod
from asyncio import gather
from collections.abc import Callable, Iterable, Sequence
from types import CoroutineType
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from graphql.pyutils import is_awaitable
from strawberry.permission import PermissionExtension

from schema.execution.fields import Column, Computed, Relation

from .paths import Places
from .resolver_calls import Call, StrawberryCall, are_of_the_context, can_be_of_the_context
from .shared_rows import SharedRows
from .state import Failure, Run
from .table import SourceTable

if TYPE_CHECKING:
    from schema.execution.plan.fields import FieldPlan


_ABSENT = frozenset((type(None), Failure))
"""The types of placeholders that a column can contain instead of a value."""


class Fetch(ABC):
    """Returns the uncompleted values of a field: one for each source, and a Failure or an Exception for an error."""

    is_async = False
    has_awaited = False
    """True if its values contain no awaitables."""
    is_pure = False
    """True if its values depend only on the sources."""

    @abstractmethod
    async def values(self, run: Run, table: SourceTable, places: Places) -> list[Any] | SharedRows:
        """Returns the values. `places` are the places of the field, not of its sources."""


AtOnce: TypeAlias = Callable[[Run, SourceTable], list[Any]]


class FetchAtOnce(Fetch):
    """A Fetch that needs only the sources, and awaits nothing."""

    is_pure = True

    @abstractmethod
    def at_once(self, run: Run, table: SourceTable) -> list[Any]:
        """Returns the values."""

    async def values(self, run: Run, table: SourceTable, places: Places) -> list[Any]:
        return self.at_once(run, table)


class FetchColumn(FetchAtOnce):
    def __init__(self, column: Column, name: str) -> None:
        self._column = column
        self._name = name

    def at_once(self, run: Run, table: SourceTable) -> list[Any]:
        values = table.column(run, self._name)
        if self._column.convert_many is not None:
            return _converted_together(run, self._column, values)
        if self._column.convert is not None:
            return [_converted(run, self._column, value) for value in values]
        return values


class FetchEvent(Fetch):
    """Fetches the field of a subscription, whose value is the event."""

    async def values(self, run: Run, table: SourceTable, places: Places) -> list[Any]:
        return list(table.sources)


def _converted(run: Run, column: Column, value: Any) -> Any:
    return value if isinstance(value, Failure) else run.attempt(column.converted, value)


def _converted_together(run: Run, column: Column, values: list[Any]) -> list[Any]:
    assert column.convert_many is not None
    if len(values) == 1:
        return [_converted(run, column, values[0])]
    if set(map(type, values)).isdisjoint(_ABSENT):
        given = values
    else:
        given = [value for value in values if type(value) not in _ABSENT]
        if not given:
            return values
    converted = run.attempt(column.convert_many, given)
    if isinstance(converted, Failure) or len(converted) != len(given):
        return [_converted(run, column, value) for value in values]
    if given is values:
        return list(converted)
    rest = iter(converted)
    return [value if type(value) in _ABSENT else next(rest) for value in values]


class FetchComputed(FetchAtOnce):
    def __init__(self, computed: Computed) -> None:
        self._computed = computed

    def at_once(self, run: Run, table: SourceTable) -> list[Any]:
        columns = [table.column(run, name) for name in self._computed.names]
        context = (run.context,) if self._computed.takes_context else ()
        rows = zip(*columns, strict=True) if columns else [()] * len(table.sources)
        return [
            next((value for value in values if isinstance(value, Failure)), None)
            or run.attempt(self._computed.resolve, *context, *values)
            for values in rows
        ]


class FetchRelation(Fetch):
    """Calls the loader's batch function once, with the distinct keys of the level."""

    is_async = True
    has_awaited = True

    def __init__(self, field: "FieldPlan", relation: Relation, call: StrawberryCall) -> None:
        self._field = field
        self._relation = relation
        self._call = call

    async def values(self, run: Run, table: SourceTable, places: Places) -> list[Any] | SharedRows:
        keys = table.column(run, self._relation.key)
        try:
            keyed = dict.fromkeys(keys)
        except TypeError:
            keys = [_hashable(run, key) for key in keys]
            keyed = dict.fromkeys(keys)
        distinct = list(keyed)
        if None in keyed or run.failures:
            distinct = [key for key in distinct if type(key) not in _ABSENT]
            if not distinct:
                return keys
        loaded: Any = await run.attempt_awaiting(self._load(run, distinct))
        if isinstance(loaded, Failure):
            return [key if type(key) in _ABSENT else loaded for key in keys]
        if len(distinct) == len(keys):
            return cast("list[Any] | SharedRows", loaded)
        by_key = dict(zip(distinct, loaded, strict=True))
        return [key if type(key) in _ABSENT else by_key[key] for key in keys]

    async def _load(self, run: Run, keys: list[Any]) -> list[Any] | SharedRows:
        arguments = self._call.arguments(run, self._call.info(run, None)) if self._field.field.args else {}
        loader = run.context.loader(self._relation.loader, self._field.selection, arguments)
        size = getattr(loader, "max_batch_size", None) or len(keys)
        if size >= len(keys):
            return _checked(keys, await loader.batch_load_fn(keys))
        batches = [keys[start : start + size] for start in range(0, len(keys), size)]
        loaded = await gather(*map(loader.batch_load_fn, batches))
        return [value for batch, values in zip(batches, loaded, strict=True) for value in _checked(batch, values)]


def _hashable(run: Run, key: Any) -> Any:
    failure = run.attempt(hash, key)
    return failure if isinstance(failure, Failure) else key


def _checked(keys: list[Any], values: Any) -> list[Any] | SharedRows:
    """Returns the values if there is one for each key. Otherwise raises the same errors as aiodataloader."""
    if not isinstance(values, SharedRows):
        values = list(values) if isinstance(values, Iterable) else values
    if not isinstance(values, list | SharedRows):
        raise TypeError(
            "DataLoader must be constructed with a function which accepts Iterable<key> and returns "
            f"Future<Iterable<value>>, but the function did not return a Future of a Iterable: {values}."
        )
    if len(values) != len(keys):
        raise TypeError(
            "DataLoader must be constructed with a function which accepts Iterable<key> and returns "
            "Future<Iterable<value>>, but the function did not return a Future of a Iterable with the same length "
            f"as the Iterable of keys.\n\nKeys:\n{keys}\n\nValues:\n{values}"
        )
    return values


class FetchByCalls(Fetch):
    """Calls the resolver for each source, and awaits the awaitable results together."""

    has_awaited = True

    def __init__(self, call: Call, is_async: bool) -> None:
        self._call = call
        self.is_async = is_async

    async def values(self, run: Run, table: SourceTable, places: Places) -> list[Any]:
        if len(table.sources) == 1:
            try:
                value = self._call(run, table.sources[0], places.paths[0])
                return [await value if type(value) is CoroutineType or is_awaitable(value) else value]
            except Exception as error:  # noqa: BLE001  # user code can raise anything, which is a field error
                return [run.fail(error)]
        calls = zip(table.sources, places.paths, strict=True)
        return await run.awaited([run.attempt(self._call, run, source, path) for source, path in calls])


_PASSED = object()


class FetchPermitted(Fetch):
    """Returns the values of another Fetch for the sources that the field's permission classes allow.

    Checks permission classes with `depends_on_context_only = True` once for a level, and those with
    `can_allow_by_context = True` once if they then allow the whole level. Checks all others once for each source.
    """

    def __init__(self, fetch: Fetch, call: StrawberryCall, permissions: Sequence[PermissionExtension]) -> None:
        self._fetch = fetch
        self._call = call
        self._passed = _passed_async if fetch.is_async else _passed
        self._asks_once = are_of_the_context(permissions)
        self._asks_first = can_be_of_the_context(permissions)
        self._may_wait = not all(permission.supports_sync for permission in permissions)
        self.is_async = fetch.is_async or self._may_wait
        self.has_awaited = fetch.has_awaited

    async def values(self, run: Run, table: SourceTable, places: Places) -> list[Any] | SharedRows:
        if self._asks_first and run.attempt(self._is_let_through, run) is True:
            return await self._fetch.values(run, table, places)
        calls = list(zip(table.sources, places.paths, strict=True))
        count = 1 if self._asks_once else len(calls)
        verdicts = [run.attempt(self._verdict, run, source, path) for source, path in calls[:count]]
        if self._may_wait:
            verdicts = await run.awaited(verdicts)
        elif self._fetch.is_async:
            verdicts = [await run.attempt_awaiting(verdict) for verdict in verdicts]
        if self._asks_once:
            verdicts *= len(calls)
        live = [index for index, verdict in enumerate(verdicts) if verdict is _PASSED]
        if len(live) == len(verdicts):
            return await self._fetch.values(run, table, places)
        values = await self._fetch.values(run, table.subset(live), places.subset(live)) if live else ()
        for index, value in zip(live, values, strict=True):
            verdicts[index] = value
        return verdicts

    def _is_let_through(self, run: Run) -> bool:
        info = self._call.info(run, None)
        return self._call.is_let_through(None, info, self._call.arguments(run, info))

    def _verdict(self, run: Run, source: Any, path: Any) -> Any:
        info = self._call.info(run, path)
        return self._call.through_extensions(self._passed, source, info, **self._call.arguments(run, info))


def _passed(*_: Any, **__: Any) -> Any:
    return _PASSED


async def _passed_async(*_: Any, **__: Any) -> Any:
    return _PASSED

"""Both executors return the same answers over the real schema and real data, for all operations, callers and faults.

One executor runs random operations one after another on a copy of the data; the other runs them on another copy. Random
values in the data derive from the operation's seed, so the ids are equal. The tables are compared, too.

EXECUTION_EXAMPLES=3000 tries that many operations in each test, EXECUTION_SEED=3000 others.
"""

import asyncio
import copy
import os
import random
from collections.abc import Callable, Generator, Sequence
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any
from uuid import UUID
from zlib import crc32

import orjson
import pytest
from aiodataloader import DataLoader
from graphql import ExecutionResult, GraphQLError, GraphQLObjectType, GraphQLScalarType, OperationType
from strawberry.types import get_object_definition

import models
from models.db import database, new_ids
from resolvers.loaders import LOADERS
from schema.context import Context, LoaderClass
from schema.execution import Engine
from schema.execution.fields import source_of
from schema.execution.rows import definition_of, is_row
from schema.pagination import Page
from schema.root import schema
from services.changes import log as change_log
from services.changes.cursor import Cursor, Place
from services.changes.log import ChangePage
from tests.support.api_client import DAY, MONDAY
from tests.support.operations import SCHEMA, root_fields
from tests.support.real_operations import LEFT_OUT, Copies, Operation, populate, written
from tests.unit.execution.comparison import differences
from tests.unit.execution.toy_data import Odd, Row

pytestmark = [
    pytest.mark.plain_postgres,  # each executor has a copy of the database
    # graphql-core leaves unawaited coroutines behind if an error nulls the answer
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ENOUGH = 180
EXAMPLES = int(os.environ.get("EXECUTION_EXAMPLES", ENOUGH))
FIRST_SEED = int(os.environ.get("EXECUTION_SEED", "0"))
SESSION = 40
"""The number of operations that run on one copy."""
NOW = MONDAY + 2 * DAY
EPOCH = b"same log"
FAULT_RATES = (0.001, 0.003, 0.01, 0.03, 0.1)


# ---------------------------------------------------------------- faults


class Mute:
    """A value whose str() fails."""

    def __str__(self) -> str:
        raise RuntimeError("mute")

    def __repr__(self) -> str:
        return "<Mute>"


class Later:
    """An awaitable value."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from asyncio.sleep(0).__await__()
        if isinstance(self.value, Exception):
            raise self.value
        return self.value

    def __repr__(self) -> str:
        return "<Later>"


class Text(str):
    """A subclass of str."""

    __slots__ = ()


class Faults:
    """The faults of one operation. The same seed has the same faults at the same places."""

    def __init__(self, seed: int, rate: float) -> None:
        self.seed = seed
        self.rate = rate
        self.remakes_all = seed % 2 == 0
        self.batch_size = 2 if seed % 5 == 0 else None

    def strikes(self, share: float, *site: object) -> bool:
        return crc32(f"{self.seed}:{site}".encode()) < self.rate * share * 2**32

    def maybe(self, value: Any, *site: object) -> Any:
        """Returns the value, or a wrong value or error instead."""
        if not self.strikes(1, *site):
            return value
        wrong = [
            *(None, None, None, Odd(), Mute(), 2**40, -1, 1.5, float("nan"), True, "text", "VALID", "User", "", [], {}),
            *([None], ["a", None], ("b",), Text("text"), NOW, NOW.replace(tzinfo=None), UUID(int=7), value),
        ]
        errors = [
            ValueError(f"wrong at {site}"),
            GraphQLError(f"refused at {site}", extensions={"code": "FORBIDDEN"}),
        ]
        wrong += [*errors, *map(Later, (value, None, Later(value), *errors))]
        return random.Random(f"{self.seed}:{site}").choice(wrong)

    def maybe_raise(self, *site: object) -> None:
        if self.strikes(0.5, "raise", *site):
            error = random.Random(f"{self.seed}:{site}").choice([ValueError, GraphQLError, KeyError])
            raise error(f"raised at {site}")

    def value(self, value: Any, *site: object) -> Any:
        """Returns the result of a resolver or loader, with a possible fault in it."""
        return self.maybe(self._inside(value, *site), *site)

    def _inside(self, value: Any, *site: object) -> Any:
        if isinstance(value, list):
            return [self.value(item, *site, place) for place, item in enumerate(value)]
        if isinstance(value, Page):
            parts = {name: self.value(getattr(value, name), *site, name) for name in Page.__slots__}
            return Page(parts.pop("nodes"), **parts)
        if get_object_definition(value) is not None:
            made = copy.copy(value)
            for name, inner in vars(value).items():
                setattr(made, name, self.value(inner, *site, name))
            return made
        return self._row(value, *site) if is_row(value) else value

    def _row(self, row: Any, *site: object) -> Any:
        columns = {name: self._cell(row[name], *site, name) for name in row.keys()}  # noqa: SIM118  # a Record
        if self.strikes(0.2, "column", *site):
            del columns[random.Random(f"{self.seed}:{site}").choice(list(columns))]
        if self.strikes(0.5, "dict", *site):
            return columns
        is_as_it_was = len(columns) == len(row) and all(columns[name] is row[name] for name in columns)
        return row if is_as_it_was and not self.remakes_all else Row(columns)

    def _cell(self, cell: Any, *site: object) -> Any:
        if isinstance(cell, list) and cell:
            cell = [self._cell(item, *site, place) for place, item in enumerate(cell)]
        elif isinstance(cell, dict) and cell:
            cell = {key: self.maybe(inner, *site, key) for key, inner in cell.items()}
        return self.maybe(cell, *site)


FAULTS: ContextVar[Faults] = ContextVar("FAULTS")


def faulty_resolver(resolve: Any, name: str) -> Callable[..., Any]:
    def place(arguments: dict[str, Any]) -> tuple[object, ...]:
        return (name, *(arguments["info"].path.as_list() if "info" in arguments else ()))

    @wraps(resolve)
    def at_once(*args: Any, **kwargs: Any) -> Any:
        faults, site = FAULTS.get(), place(kwargs)
        faults.maybe_raise(*site)
        return faults.value(resolve(*args, **kwargs), *site)

    @wraps(resolve)
    async def later(*args: Any, **kwargs: Any) -> Any:
        faults, site = FAULTS.get(), place(kwargs)
        faults.maybe_raise(*site)
        value = await resolve(*args, **kwargs)
        faults.maybe_raise("behind", *site)
        return faults.value(value, *site)

    return later if iscoroutinefunction(resolve) else at_once


def faulty_loader(name: str, loader: LoaderClass) -> LoaderClass:
    key_class = str if name.endswith("_by_phone") else UUID

    def make(context: Context, selection: Any, arguments: Any) -> DataLoader[Any, Any]:
        faults, inner = FAULTS.get(), loader(context, selection, arguments)

        async def load(keys: list[Any]) -> list[Any]:
            assert len(set(keys)) == len(keys)
            faults.maybe_raise(name)
            fine = [key for key in keys if type(key) is key_class]  # timing decides which keys share a batch
            loaded = dict(zip(fine, await inner.batch_load_fn(fine) if fine else (), strict=True))
            return [
                faults.value(loaded[key], name, key) if type(key) is key_class else TypeError("no key") for key in keys
            ]

        return DataLoader(load, max_batch_size=faults.batch_size)

    return make


def faulty_serializer(serialize: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    def serialized(value: Any) -> Any:
        FAULTS.get().maybe_raise("serialize", name, repr(value))
        return FAULTS.get().maybe(serialize(value), "serialize", name, repr(value))

    return serialized


@pytest.fixture
def can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the schema's resolvers and two scalars fail according to the operation's Faults."""
    for type_ in SCHEMA.type_map.values():
        for field in type_.fields.values() if isinstance(type_, GraphQLObjectType) else ():
            definition = definition_of(field)
            resolver = definition.base_resolver if definition is not None else None
            if resolver is not None and source_of(definition) is None:
                faulty = faulty_resolver(resolver.wrapped_func, resolver.name)
                monkeypatch.setattr(resolver, "wrapped_func", faulty)
    for name in ("StringMap", "JSONObject"):
        scalar = SCHEMA.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        monkeypatch.setattr(scalar, "coerce_output_value", faulty_serializer(scalar.coerce_output_value, name))


# ---------------------------------------------------------------- two copies of the data


@pytest.fixture
async def copies(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Copies:
    FAULTS.set(Faults(seed=0, rate=0))
    await database.connect(database_url)
    uuid7 = database.uuid7
    try:
        with monkeypatch.context() as always_the_same:
            make_ids_of(0, always_the_same)
            always_the_same.setattr(database, "uuid7", lambda now=None: uuid7(now or MONDAY))
            world = await populate()
    finally:
        await database.disconnect()
    cursors = {**world.cursors, "changes": [Cursor(EPOCH, NOW, Place(1)).encode()]}
    is_sqlite = database_url.startswith("sqlite")
    return Copies(
        replace(world, cursors=cursors), database_url, tmp_path if is_sqlite else request.getfixturevalue("postgres")
    )


@pytest.fixture(autouse=True)
def log_without_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the change log of two databases equal: leaves out its epoch, positions and times."""
    read_log, read_latest = change_log.read, change_log.latest

    async def latest(account_id: UUID, *, now: datetime) -> Cursor:
        return Cursor(EPOCH, now, Place(1))

    async def read(account_id: UUID, *, after: Cursor, now: datetime, **options: Any) -> ChangePage:
        end = await read_latest(account_id, now=now)
        found = await read_log(account_id, after=Cursor(end.epoch, now, Place(1)), now=now, **options)
        count = len(found.positions)
        seconds, end = [MONDAY.timestamp()] * count, Cursor(EPOCH, now, Place(count))
        return replace(found, positions=range(1, count + 1), seconds=seconds, end=end)

    monkeypatch.setattr(change_log, "latest", latest)
    monkeypatch.setattr(change_log, "read", read)


def make_ids_of(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_ids, "getrandbits", random.Random(seed).getrandbits)
    monkeypatch.setattr(new_ids, "_counters", {})


async def answers(
    engine: Engine, operations: list[Operation], monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> list[ExecutionResult]:
    """Returns the answers to operations that run one after another; each waits for all tasks of the previous one.

    With `again`, queries run twice, so that the answer comes from a cached plan.
    """
    found = []
    for number, operation in enumerate(operations):
        make_ids_of(operation.seed, monkeypatch)
        monkeypatch.setattr("services.accounts.authentication.secrets.token_urlsafe", lambda _, n=number: f"secret-{n}")
        monkeypatch.setattr("services.webhooks.secrets.secrets.token_bytes", lambda _, n=number: b"secret-%d" % n)
        FAULTS.set(Faults(operation.seed, operation.fault_rate))
        can_fail = {name: faulty_loader(name, loader) for name, loader in LOADERS.items()}
        loaders = can_fail if operation.fault_rate else LOADERS
        context = Context(operation.caller, NOW + timedelta(minutes=number), "test", loaders)
        before = asyncio.all_tasks()
        async with asyncio.timeout(60):
            if again and operation.prepared.type is OperationType.QUERY:
                await engine.run(operation.prepared, variables=operation.variables, context=context)
            found.append(await engine.run(operation.prepared, variables=operation.variables, context=context))
            while left := asyncio.all_tasks() - before:
                await asyncio.wait(left)
    return found


async def everything() -> dict[str, list[str]]:
    """Returns all rows of all tables. Positions and times of changes are the database's own, so they are left out."""
    tables = [getattr(models, name)._meta.db_table for name in models.__all__]
    columns = dict.fromkeys(tables, "*") | {"change": "account_id, kind, object_id"}
    return {
        table: sorted(repr(tuple(row)) for row in await database.fetch(f'SELECT {columns[table]} FROM "{table}"'))
        for table in tables
    }


# ---------------------------------------------------------------- the proof


class Seen:
    """Counts what the answers contained, to show that the comparison covered something."""

    def __init__(self) -> None:
        self.bytes = 0
        self.errors = 0
        self.fields: set[str] = set()
        """Requested root fields that returned a value."""

    def add(self, operation: Operation, answer: ExecutionResult) -> None:
        data = answer.data or {}
        self.bytes += len(orjson.dumps(data, default=repr))
        self.errors += len(answer.errors or ())
        for field in operation.prepared.root_fields:
            if data.get(field.response_name) is not None:
                self.fields.add(field.name)


async def both_answer_alike(copies: Copies, rates: Sequence[float], monkeypatch: pytest.MonkeyPatch) -> Seen:
    stock, compiled, concurrent = Engine(schema, compiled=False), Engine(schema), Engine(schema, concurrent=True)
    seen = Seen()
    for start in range(FIRST_SEED, FIRST_SEED + EXAMPLES, SESSION):
        seeds = range(start, min(start + SESSION, FIRST_SEED + EXAMPLES))
        operations = [written(stock, copies.world, seed, rates[seed % len(rates)]) for seed in seeds]
        async with copies.connected("ours"):
            engine = concurrent if start // SESSION % 3 == 1 else compiled
            ours = await answers(engine, operations, monkeypatch, again=True)
            left = await everything()
        async with copies.connected("theirs"):
            theirs = await answers(stock, operations, monkeypatch, again=False)
            assert left == await everything()
        for operation, our, their in zip(operations, ours, theirs, strict=True):
            again = f"EXECUTION_SEED={start} EXECUTION_EXAMPLES={operation.seed - start + 1}"
            assert differences(our, their) == [], f"{again} runs this again:\n{operation}"
            seen.add(operation, their)
    return seen


async def test_both_answer_alike_whatever_is_asked_by_whomever(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = await both_answer_alike(copies, (0,), monkeypatch)

    if EXAMPLES >= ENOUGH:
        assert seen.fields == {"__typename", *root_fields("Query"), *root_fields("Mutation")} - LEFT_OUT
        assert seen.bytes / EXAMPLES > 500
        assert seen.errors / EXAMPLES > 0.3


@pytest.mark.usefixtures("can_fail")
async def test_both_answer_alike_whatever_fails(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = await both_answer_alike(copies, FAULT_RATES, monkeypatch)

    if EXAMPLES >= ENOUGH:
        assert seen.bytes / EXAMPLES > 300
        assert seen.errors / EXAMPLES > 1

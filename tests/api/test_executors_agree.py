"""Both executors answer alike over the real schema and real data, whatever is asked, by whomever, and whatever fails.

Random operations are run one after another by one executor on one copy of the data, and by the other on another copy.
What is random in the data is made of the operation's seed, so that ids are the same; what they left is compared, too.

EXECUTION_EXAMPLES=3000 tries that many operations in each test, EXECUTION_SEED others than the usual.
"""

import asyncio
import copy
import os
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any
from uuid import UUID
from zlib import crc32

import asyncpg
import orjson
import pytest
from aiodataloader import DataLoader
from graphql import ExecutionResult, GraphQLError, GraphQLObjectType, GraphQLScalarType
from strawberry.types import get_object_definition

from models import database
from resolvers.loaders import LOADERS
from schema.context import Context, LoaderClass
from schema.execution import Engine, RequestError
from schema.execution.fields import source_of
from schema.execution.rows import definition_of, is_row
from schema.pagination import Page
from schema.root import schema
from services.authentication import Caller
from tests import cluster
from tests.api_client import DAY, MONDAY
from tests.operations import SCHEMA, root_fields
from tests.real_operations import RealOperationWriter, World, populate
from tests.unit.execution.comparison import differences
from tests.unit.execution.toy import Odd, Row

pytestmark = [  # graphql-core leaves coroutines behind where an answer came to nothing
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

EXAMPLES = int(os.environ.get("EXECUTION_EXAMPLES", "120"))
FIRST_SEED = int(os.environ.get("EXECUTION_SEED", "0"))
SESSION = 40
"""So many operations are run on one copy."""
LONGEST = 5000
NOW = MONDAY + 2 * DAY

Answer = ExecutionResult | RequestError


@dataclass(frozen=True)
class Operation:
    seed: int
    text: str
    variables: dict[str, Any]
    caller: Caller
    faults: "Faults"


# ---------------------------------------------------------------- faults


class Mute:
    """A value that can't even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("mute")

    def __repr__(self) -> str:
        return "<Mute>"


class Later:
    """A value that has to be awaited first."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Iterator[Any]:
        yield from asyncio.sleep(0).__await__()
        if isinstance(self.value, Exception):
            raise self.value
        return self.value

    def __repr__(self) -> str:
        return "<Later>"


class Text(str):
    """Not str itself."""

    __slots__ = ()


class Faults:
    """What goes wrong in one operation: at a place always the same, for its seed."""

    def __init__(self, seed: int, rate: float) -> None:
        self.seed = seed
        self.rate = rate
        self.remakes_all = seed % 2 == 0
        self.batch_size = 2 if seed % 5 == 0 else None

    def strikes(self, share: float, *site: object) -> bool:
        return crc32(f"{self.seed}:{site}".encode()) < self.rate * share * 2**32

    def maybe(self, value: Any, *site: object) -> Any:
        """The value, or something that is wrong in its place."""
        if not self.strikes(1, *site):
            return value
        wrong = [
            *(None, None, None, Odd(), Mute(), 2**40, -1, 1.5, float("nan"), True, "text", "VALID", "User", "", [], {}),
            *([None], ["a", None], ("b",), Text("text"), NOW, NOW.replace(tzinfo=None), UUID(int=7), value),
            ValueError(f"wrong at {site}"),
            GraphQLError(f"refused at {site}", extensions={"code": "FORBIDDEN"}),
        ]
        made = random.Random(f"{self.seed}:{site}").choice(wrong)
        return Later(made) if self.strikes(0.2, "later", *site) else made

    def maybe_raise(self, *site: object) -> None:
        if self.strikes(0.5, "raise", *site):
            error = random.Random(f"{self.seed}:{site}").choice([ValueError, GraphQLError, KeyError])
            raise error(f"raised at {site}")

    def value(self, value: Any, *site: object) -> Any:
        """What a resolver or a loader gives, with something wrong in it."""
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


FAULTS: ContextVar[Faults] = ContextVar("FAULTS", default=Faults(0, 0))


def faulty_resolver(resolve: Callable[..., Any], name: str) -> Callable[..., Any]:
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
            fine = [key for key in keys if type(key) is key_class]  # which keys share a batch is a matter of timing
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
    """Lets the schema's resolvers and two of its scalars fail as the operation's Faults say."""
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


@dataclass(frozen=True)
class Copies:
    """Makes copies of a populated database."""

    world: World
    url: str
    path: Path
    server: str | None

    @asynccontextmanager
    async def connected(self, name: str) -> AsyncIterator[None]:
        """A fresh copy, connected."""
        url = await self._copied(name)
        await database.connect(url)
        try:
            yield
        finally:
            await database.disconnect()

    async def _copied(self, name: str) -> str:
        if self.server is None:
            shutil.copy(self.url.removeprefix("sqlite:///"), self.path / f"{name}.db")
            return f"sqlite:///{self.path / name}.db"
        server = await asyncpg.connect(self.server)
        await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await server.execute(f"CREATE DATABASE {name} TEMPLATE test STRATEGY file_copy")
        await server.close()
        return self.server.rpartition("/")[0] + f"/{name}"


@pytest.fixture
async def copies(
    database_url: str,
    database_kind: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Copies:
    uuid7 = database.uuid7
    await database.connect(database_url)
    try:
        with monkeypatch.context() as always_the_same:
            always_the_same.setattr(database, "getrandbits", random.Random(0).getrandbits)
            always_the_same.setattr(database, "_last_millisecond", -1)
            always_the_same.setattr(database, "uuid7", lambda now=None: uuid7(now or MONDAY))
            world = await populate()
    finally:
        await database.disconnect()
    running: cluster.Cluster | None = request.getfixturevalue("postgres") if database_kind == "postgres" else None
    return Copies(world, database_url, tmp_path, running.url() if running else None)


async def answers(engine: Engine, operations: list[Operation], monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    """The answers to operations run one after another, each when everything of the last one has ended."""
    found = []
    for number, operation in enumerate(operations):
        chance = random.Random(operation.seed)
        monkeypatch.setattr(database, "getrandbits", chance.getrandbits)
        monkeypatch.setattr(database, "_last_millisecond", -1)
        monkeypatch.setattr("services.authentication.secrets.token_urlsafe", lambda _, n=number: f"secret-{n}")
        FAULTS.set(operation.faults)
        loaders = {name: faulty_loader(name, loader) for name, loader in LOADERS.items()}
        context = Context(
            operation.caller,
            NOW + timedelta(minutes=number),
            "test",
            loaders if operation.faults.rate else LOADERS,
        )
        before = asyncio.all_tasks()
        async with asyncio.timeout(60):
            try:
                found.append(await engine.execute(operation.text, variables=operation.variables, context=context))
            except RequestError as error:
                found.append(error)
            while left := asyncio.all_tasks() - before:
                await asyncio.wait(left)
    return found


async def everything() -> dict[str, list[str]]:
    """All rows of all tables."""
    tables = {model._meta.db_table for app in database.Tortoise.apps.values() for model in app.values()}
    return {
        table: sorted(repr(tuple(row)) for row in await database.fetch(f'SELECT * FROM "{table}"')) for table in tables
    }


# ---------------------------------------------------------------- the proof


def written(world: World, seed: int, rate: float) -> Operation:
    """The operation of a seed; each root field is the first of one in turn."""
    chance = random.Random(seed)
    kind = "mutation" if seed % 3 == 2 else "query"
    names = list(root_fields(kind.capitalize()))
    while True:
        writer = RealOperationWriter(world, chance, depth=chance.choice([3, 4, 5, 6]))
        text, variables = writer.write(kind, names[seed // 3 % len(names)])
        if len(text) < LONGEST:
            return Operation(seed, text, variables, world.caller(chance), Faults(seed, rate))


async def check(copies: Copies, rates: Sequence[float], monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    stock = Engine(schema, compiled=False)
    ours = [Engine(schema), Engine(schema, concurrent=True)]
    seen: list[Answer] = []
    ops=[]
    for start in range(0, EXAMPLES, SESSION):
        seeds = range(FIRST_SEED + start, FIRST_SEED + min(start + SESSION, EXAMPLES))
        operations = [written(copies.world, seed, rates[seed % len(rates)]) for seed in seeds]
        async with copies.connected("ours"):
            answered = await answers(ours[start // SESSION % 3 == 2], operations, monkeypatch)
            left = await everything()
        async with copies.connected("theirs"):
            expected = await answers(stock, operations, monkeypatch)
            assert left == await everything()
        for operation, our, their in zip(operations, answered, expected, strict=True):
            found = differences(our, their)
            assert found == [], f"{operation.seed}\n{found}\n{operation.text}\n{operation.variables}\n{operation.caller}"
        seen += expected
        ops += operations
    import pickle, os
    stats(ops, seen)
    return seen

def stats(ops, seen):
    from collections import Counter
    c = Counter(); msgs = Counter(); size=0
    for op, a in zip(ops, seen):
        if isinstance(a, RequestError):
            c["refused " + a.refusal.value] += 1; msgs[str(a)[:150]] += 1
            continue
        c["answered"] += 1
        c["with errors"] += bool(a.errors)
        c["errors"] += len(a.errors or ())
        if a.data is None: c["null"] += 1
        size += len(orjson.dumps(a.data, default=repr))
        for e in a.errors or (): msgs[e.message[:80]] += 1
        for k, v in (a.data or {}).items():
            c["root " + ("null" if v is None else "value")] += 1
            if isinstance(v, dict) and "errors" in v: c["payload ok" if not v["errors"] else "payload bad"] += 1
    print(c, size // max(1,len(ops)))
    for m in msgs.most_common(40): print(m)


async def test_whatever_is_asked_by_whomever(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    await check(copies, (0,), monkeypatch)


RATES = (0.001, 0.003, 0.01, 0.03, 0.1)


@pytest.mark.usefixtures("can_fail")
async def test_whatever_fails(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    await check(copies, RATES, monkeypatch)

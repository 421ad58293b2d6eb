"""A schema with everything in it that the executors know, over data in which anything can be wrong."""

import enum
import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, NewType

import strawberry
from aiodataloader import DataLoader
from graphql import GraphQLError
from strawberry import UNSET, Info
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from schema.execution import Selection, column, computed, loaded_by, passes, prepare, read, relation, selection


class Row:
    """A record like asyncpg's: by name, by position, values in the order of its columns."""

    __slots__ = ("_columns", "_values")

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self._columns = tuple(columns)
        self._values = tuple(columns.values())

    def __getitem__(self, key: str | int) -> Any:
        if isinstance(key, int):
            return self._values[key]
        if key not in self._columns:
            raise KeyError(key)
        return self._values[self._columns.index(key)]

    def keys(self) -> Any:
        return iter(self._columns)

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return "<Row>"


class Odd:
    """A value that no scalar but String, ID and JSON takes."""

    def __repr__(self) -> str:
        return "<Odd>"

    __str__ = __repr__


class Context:
    """The data as seen by one request: the same for the same seed, with so many faults in it."""

    def __init__(self, seed: int, faults: float) -> None:
        self.seed = seed
        self.faults = faults
        self.selections: list[Selection] = []
        self.mutations: list[str] = []
        self.now = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)

    def chance(self, *site: object) -> random.Random:
        return random.Random(f"{self.seed}:{site}")

    def maybe(self, value: Any, *site: object) -> Any:
        """The value, or something that is wrong in its place."""
        chance = self.chance("fault", *site)
        if chance.random() >= self.faults:
            return value
        return chance.choice(
            [
                None,
                None,
                ValueError(f"wrong at {site}"),
                Odd(),
                2**40,
                1.5,
                float("nan"),
                "text",
                "RED",
                True,
                [],
                [None],
            ]
        )

    def maybe_raise(self, *site: object) -> None:
        chance = self.chance("raise", *site)
        if chance.random() < self.faults:
            error = chance.choice([ValueError, GraphQLError, KeyError])
            raise error(f"raised at {site}")

    def row(self, kind: str, key: int, **more: Any) -> Row:
        """A row of one kind; its columns are in any order."""
        chance = self.chance(kind, key)
        columns: dict[str, Any] = {
            "id": key,
            "name": f"{kind} {key}" if chance.random() < 0.7 else None,
            "phone": f"+{key}" if chance.random() < 0.9 else "refused",
            "score": chance.randrange(100),
            "ratio": chance.random(),
            "is_active": chance.random() < 0.5,
            "color": chance.choice([Color.RED, Color.GREEN, "green", "BLUE"]),
            "level": chance.choice([Level.LOW, 2]),
            "tags": chance.choice([[], ["a"], ("b", "c")]),
            "matrix": [[1, 2], [3]],
            "created_at": self.now if chance.random() < 0.8 else None,
            "even": chance.choice([2, 4, 6, 7]),
            "extra": {"a": [1, None]},
            "owner_id": chance.choice([None, 1, 2, 3]),
        }
        columns = {name: self.maybe(value, kind, key, name) for name, value in columns.items()} | {"id": key} | more
        if chance.random() < self.faults / 10:
            del columns["name"]
        return Row(columns)

    def anything(self, key: int, *site: object) -> Any:
        """Something that is a Node, most times."""
        kinds: dict[str, Any] = {
            "Person": lambda: self.row("Person", key, __typename="Person"),
            "Group": lambda: self.row("Group", key, __typename="Group"),
            "Company": lambda: self.company(key),
        }
        made = kinds[self.chance("anything", *site, key).choice(list(kinds))]()
        chance = self.chance("misplaced", *site, key)
        if chance.random() < self.faults:
            made = chance.choice([None, Odd(), Row({"__typename": "Nothing"}), Row({"id": 1}), Address(street="s")])
        return made

    def company(self, key: int) -> "Company":
        at = ("company", key)
        return Company(
            id=self.maybe(strawberry.ID(str(key)), *at, "id"),
            name=self.maybe(f"Company {key}", *at, "name"),
            address=self.maybe(Address(street=self.maybe("Street", *at, "street")), *at, "address"),
            colors=self.maybe([Color.RED, self.maybe(Color.GREEN, *at, "color")], *at, "colors"),
            staff=self.maybe([self.row("Person", key), self.row("Person", key + 1)], *at, "staff"),
        )

    def loader(self, name: str, selection: Selection, arguments: Mapping[str, Any]) -> DataLoader[Any, Any]:
        self.selections.append(selection)

        async def load(keys: list[Any]) -> list[Any]:
            assert len(set(keys)) == len(keys)
            if self.chance("loader", name).random() < self.faults / 4:
                raise RuntimeError(f"no {name}")
            return [self.maybe(self.loaded_or_error(name, key, arguments), "load", name, key) for key in keys]

        return DataLoader(load)

    def loaded_or_error(self, name: str, key: int, arguments: Mapping[str, Any]) -> Any:
        """An error is one key's: which keys share a batch is a matter of timing on graphql-core's executor."""
        try:
            return self.loaded(name, key, arguments)
        except (TypeError, ValueError) as error:
            return error

    def loaded(self, name: str, key: int, arguments: Mapping[str, Any]) -> Any:
        some = range(key, key + self.chance(name, key).randrange(3))
        match name:
            case "groups":
                return [self.row("Group", other) for other in some]
            case "person":
                return self.row("Person", key)
            case "friends":
                return [self.maybe(self.row("Person", other + 1), "friend", key, other) for other in some]
            case "labels":
                return [self.maybe(f"label {other}", "label", key, other) for other in some]
            case "anything":
                return self.anything(key, name)
            case "messages":
                first = arguments.get("first", 2)
                rows = [self.row("Message", other) for other in range(key, key + (first or 0) % 4)]
                return MessageConnection(
                    edges=[MessageEdge(cursor=str(row["id"]), node=row) for row in rows],  # type: ignore[arg-type]
                    nodes=rows,  # type: ignore[arg-type]
                    total=self.maybe(len(rows), "total", key),
                )
        raise LookupError(name)


LOADERS = ("groups", "person", "friends", "labels", "anything", "messages")


@strawberry.enum
class Color(enum.Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "BLUE"


@strawberry.enum
class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@passes(datetime)
def serialize_instant(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError("an Instant is a datetime")
    return value


def serialize_even(value: Any) -> int | None:
    if value % 2:
        raise GraphQLError(f"{value} is odd", extensions={"code": "ODD"})
    return None if value == 6 else value


FIRST = strawberry.ID("1")
Instant = NewType("Instant", datetime)
Even = NewType("Even", int)
SCALARS: dict[object, Any] = {
    Instant: strawberry.scalar(name="Instant", serialize=serialize_instant, parse_value=datetime.fromisoformat),
    Even: strawberry.scalar(name="Even", serialize=serialize_even, parse_value=int),
}


class IsLucky(BasePermission):
    """Lets most sources through."""

    message = "out of luck"
    error_extensions = {"code": "FORBIDDEN"}  # as Strawberry declares it

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        return info.context.chance("lucky", info.path.as_list()).random() > info.context.faults  # type: ignore[no-any-return]


class IsPatient(BasePermission):
    message = "out of patience"

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        return info.context.chance("patient", info.path.as_list()).random() > info.context.faults  # type: ignore[no-any-return]


class IsOpen(BasePermission):
    """Says the same of every source."""

    message = "closed"
    depends_on_context_only = True

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        return info.context.chance("open", info.field_name).random() > info.context.faults  # type: ignore[no-any-return]


class Louder(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        value = next_(source, info, **kwargs)
        return value.upper() if isinstance(value, str) else value


def plus(value: Any) -> Any:
    if value == "refused":
        raise ValueError("refused")
    return f"+{value}"


def plus_all(values: list[Any]) -> list[Any]:
    return [plus(value) for value in values]


def both(name: Any, score: Any) -> str:
    return f"{name} {score + 1}"


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.interface
class Named:
    name: str | None


@strawberry.type
class Address:
    street: str


@strawberry.type
class Group(Node, Named):
    name: str | None = column()
    score: int = column()
    person: Annotated["Person", strawberry.lazy(__name__)] | None = relation("person", key="owner_id")
    people: list[Annotated["Person", strawberry.lazy(__name__)] | None] = relation("friends")


@strawberry.type
class Message(Node):
    text: str | None = column("phone")
    score: int = column()
    sender: Annotated["Person", strawberry.lazy(__name__)] | None = relation("person", key="owner_id")


@strawberry.type
class MessageEdge:
    cursor: str
    node: Message


@strawberry.type
class MessageConnection:
    edges: list[MessageEdge]
    nodes: list[Message] | None
    total: int


@strawberry.input
class Range:
    low: int = 0
    high: int | None = UNSET
    colors: list[Color] | None = None
    inner: Annotated["Range", strawberry.lazy(__name__)] | None = None
    note: strawberry.Maybe[str | None]


@strawberry.type
class Person(Node, Named):
    id: strawberry.ID = column(convert=lambda value: f"per_{value}")
    key: strawberry.ID = column("id", convert_many=lambda values: [f"key_{value}" for value in values])
    name: str | None = column()
    phone: str | None = column(convert=plus)
    phone_too: str = column("phone", convert_many=plus_all)
    score: int = column()
    score_or_null: int | None = column("score")
    ratio: float | None = column()
    is_active: bool = column()
    color: Color | None = column()
    level: Level = column()
    tags: list[str] = column()
    tags_or_null: list[str | None] | None = column("tags")
    matrix: list[list[int] | None] | None = column()
    created_at: Instant | None = column()
    even: Even | None = column()
    even_for_sure: Even = column("even")
    extra: JSON | None = column()
    label: str | None = computed("name", "score", resolve=both)
    label_for_sure: str = computed("name", "score", resolve=both)
    age: str | None = computed("created_at", resolve=lambda context, at: str(context.now - at), takes_context=True)
    secret: str | None = column("name", permission_classes=[IsLucky])
    secret_for_sure: str = column("name", permission_classes=[IsLucky, IsPatient])
    groups: list[Group] = relation("groups")
    groups_or_null: list[Group | None] | None = relation("groups")
    owner: Annotated["Person", strawberry.lazy(__name__)] | None = relation("person", key="owner_id")
    owner_for_sure: Annotated["Person", strawberry.lazy(__name__)] = relation("person", key="owner_id")
    friends: list[Annotated["Person", strawberry.lazy(__name__)]] | None = relation(
        "friends", permission_classes=[IsLucky]
    )
    labels: list[str] | None = relation("labels")
    open_labels: list[str] | None = relation("labels", permission_classes=[IsOpen])
    open_name: str = column("name", permission_classes=[IsOpen])
    anything: Node | None = relation("anything")

    @loaded_by("messages", permission_classes=[IsPatient])
    def guarded_messages(first: int | None = UNSET) -> MessageConnection | None:
        raise NotImplementedError

    @loaded_by("messages")
    def messages(
        first: Annotated[int | None, strawberry.argument(description="How many")] = 2, range: Range | None = UNSET
    ) -> MessageConnection:
        raise NotImplementedError

    @strawberry.field
    def shout(self, info: Info, times: int = 2) -> str:
        info.context.maybe_raise("shout", info.path.as_list())
        return f"{read(self, 'id')}!" * min(times, 3)

    @strawberry.field(permission_classes=[IsLucky], extensions=[Louder()])  # type: ignore[untyped-decorator]
    def whisper(self, info: Info, to: list[str] | None = None) -> str | None:
        info.context.maybe_raise("whisper", info.path.as_list())
        return f"psst {read(self, 'id')} {to}"

    @strawberry.field
    async def twin(self, info: Info) -> Annotated["Person", strawberry.lazy(__name__)] | None:
        info.context.maybe_raise("twin", info.path.as_list())
        return info.context.row("Person", 7)  # type: ignore[no-any-return]

    @strawberry.field(extensions=[Louder()])  # type: ignore[untyped-decorator]
    def loud_groups(self) -> list[Group] | None:
        return None


@strawberry.type
class Company(Node, Named):
    name: str | None
    address: Address | None
    colors: list[Color | None] | None
    staff: list[Person]

    @strawberry.field
    def title(self, prefix: str = "The") -> str:
        return f"{prefix} {self.name}"

    @strawberry.field
    async def later(self) -> str | None:
        return self.name


Anyone = Annotated[Person | Company | Group, strawberry.union("Anyone")]


@strawberry.interface
class Problem:
    message: str


@strawberry.type
class BadInput(Problem):
    path: list[str]


@strawberry.type
class Duplicate(Problem):
    person: Person


@strawberry.type
class UpdatePayload:
    person: Person | None
    problems: list[Problem]
    log: list[str]


@strawberry.type
class Query:
    @strawberry.field
    async def people(self, info: Info, first: int = 3, range: Range | None = None) -> list[Person] | None:
        info.context.maybe_raise("people", info.path.as_list())
        info.context.selections.append(selection(info))
        return info.context.maybe(  # type: ignore[no-any-return]
            [info.context.maybe(info.context.row("Person", key), "item", key) for key in range_of(first, range)],
            "people",
        )

    @strawberry.field
    def person(self, info: Info, id: strawberry.ID = FIRST) -> Person:
        return info.context.maybe(info.context.row("Person", len(id)), "person")  # type: ignore[no-any-return]

    @strawberry.field(permission_classes=[IsLucky])  # type: ignore[untyped-decorator]
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        return info.context.anything(len(id), "node")  # type: ignore[no-any-return]

    @strawberry.field
    def anyone(self, info: Info) -> list[Anyone | None] | None:
        return [info.context.anything(key, "anyone") for key in range(4)]

    @strawberry.field
    async def grid(self, info: Info) -> list[list[Person | None]] | None:
        row, maybe = info.context.row, info.context.maybe
        return [maybe([maybe(row("Person", x + y), x, y) for x in range(2)], "grid", y) for y in range(2)]

    @strawberry.field
    def company(self, info: Info) -> Company | None:
        return info.context.company(1)  # type: ignore[no-any-return]

    @strawberry.field
    async def stream(self, info: Info) -> list[Company | None] | None:
        async def companies() -> AsyncIterator[Any]:
            for key in range(2):
                info.context.maybe_raise("stream", key)
                yield info.context.company(key)

        return companies()  # type: ignore[return-value]

    @strawberry.field
    def waiting(self) -> "Waiting":
        return Waiting(number=later(1), numbers=[later(1), 2], address=later(Address(street="s")), error=failing())  # type: ignore[arg-type,list-item]

    @strawberry.field
    def mixed(self, info: Info) -> list[Named | None]:
        rows = [info.context.row("Person", 1, __typename="Person"), Row({"__typename": "Person", "id": 5, "name": "n"})]
        return [*rows, info.context.company(1), {"__typename": "Group", "id": 3, "name": "a dict", "score": 1}]

    version: str = strawberry.field(resolver=lambda: "1")


def range_of(first: int, range_: Range | None) -> range:
    low = range_.low if range_ else 0
    return range(low % 5, low % 5 + min(first, 4))


async def later(value: Any) -> Any:
    return value


async def failing() -> Any:
    raise ValueError("failed later")


@strawberry.type
class Waiting:
    number: int
    numbers: list[int]
    address: Address
    error: str | None


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def update(self, info: Info, range: Range, name: str | None = UNSET) -> UpdatePayload | None:
        info.context.mutations.append(f"update {range.low}")
        info.context.maybe_raise("update", info.path.as_list())
        maybe, row = info.context.maybe, info.context.row
        problems = [
            BadInput(message=maybe("bad", "message"), path=["input"]),
            maybe(Duplicate(message="twice", person=maybe(row("Person", 3), "duplicate")), "problem"),
        ]
        return UpdatePayload(
            person=maybe(row("Person", range.low % 4), "updated"),
            problems=problems,
            log=list(info.context.mutations),
        )

    @strawberry.mutation(permission_classes=[IsLucky])  # type: ignore[untyped-decorator]
    def remove(self, info: Info, id: strawberry.ID) -> UpdatePayload:
        info.context.mutations.append(f"remove {id}")
        info.context.maybe_raise("remove", info.path.as_list())
        return UpdatePayload(person=None, problems=[], log=list(info.context.mutations))

    @strawberry.mutation
    async def bulk(self, info: Info) -> list[UpdatePayload]:
        info.context.mutations.append("bulk")
        rows = [info.context.row("Person", key) for key in range(3)] + [Row({"id": 9, "name": None, "score": 1})]
        return [
            UpdatePayload(person=info.context.maybe(row, "bulk", key), problems=[], log=[])
            for key, row in enumerate(rows)
        ]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self, info: Info) -> AsyncGenerator[Person, None]:
        for _ in range(2):
            yield info.context.row("Person", 1)

    @strawberry.subscription
    async def breaks(self, info: Info) -> AsyncGenerator[Person, None]:
        yield info.context.row("Person", 1)
        raise RuntimeError("broken")

    @strawberry.subscription
    async def refuses(self, info: Info) -> AsyncGenerator[Person, None]:
        raise GraphQLError("refused")


def make_schema() -> strawberry.Schema:
    schema = strawberry.Schema(
        Query,
        Mutation,
        Subscription,
        types=[BadInput, Duplicate],
        config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS),
    )
    prepare(schema, loaders=LOADERS)
    return schema

"""Types that use every feature of the executors."""

import enum
from datetime import datetime
from typing import Annotated, Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry import UNSET, Info
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.scalars import JSON

from schema.execution import column, computed, loaded_by, read, relation, serialized_as_is


@strawberry.enum
class Color(enum.Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "BLUE"


@strawberry.enum
class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@serialized_as_is(datetime, having="tzinfo")
def serialize_instant(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError("an Instant is an aware datetime")
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
    """Allows most sources."""

    message = "out of luck"
    error_extensions = {"code": "FORBIDDEN"}  # declared as in Strawberry

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        return info.context.chance("lucky", info.path.as_list()).random() > info.context.faults  # type: ignore[no-any-return]


class IsPatient(BasePermission):
    message = "out of patience"

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        return info.context.chance("patient", info.path.as_list()).random() > info.context.faults  # type: ignore[no-any-return]


class IsOpen(BasePermission):
    """Returns the same answer for every source."""

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
        first: Annotated[int | None, strawberry.argument(description="Number of items")] = 2,
        range: Range | None = UNSET,
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

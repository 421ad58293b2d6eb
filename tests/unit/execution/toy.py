"""A schema that uses every feature of the executors: its root types, over toy_types and toy_data."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry import UNSET, Info
from strawberry.schema.config import StrawberryConfig

from schema.execution import prepare, read, selection
from tests.unit.execution.toy_data import LOADERS, Row
from tests.unit.execution.toy_types import (
    FIRST,
    SCALARS,
    Address,
    Anyone,
    BadInput,
    Company,
    Duplicate,
    IsLucky,
    Named,
    Node,
    Person,
    Range,
    UpdatePayload,
)


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

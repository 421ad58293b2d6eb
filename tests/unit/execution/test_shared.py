"""Lists with shared rows, marked as such by their loader."""

from collections.abc import Mapping
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.execution import Engine, Selection, SharedRows, column, prepare, read, relation
from tests.unit.execution.comparison import differences
from tests.unit.execution.toy_data import Row

RED, BLUE, ODD = Row({"id": 1, "name": "red"}), Row({"id": 2, "name": "blue"}), Row({"id": 3, "name": None})
PLACES: dict[str, list[list[int]]] = {"fine": [[0, 1, 3], [1], []], "odd": [[0], [1, 3], [0, 1]]}
QUERY = "query ($ask: Boolean!) { items { id tags { name id same @include(if: $ask) { id } } } }"


class Tagged:
    """A context whose loader returns three tags for four items, by one of `PLACES`."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def loader(self, name: str, selection: Selection, arguments: Mapping[str, Any]) -> Any:
        return Tags(self.kind) if name == "tags" else Same()


class Tags:
    def __init__(self, kind: str) -> None:
        self.kind = kind

    async def batch_load_fn(self, keys: list[int]) -> SharedRows:
        return SharedRows([RED, BLUE, ODD], PLACES[self.kind], len(keys))


class Same:
    async def batch_load_fn(self, keys: list[int]) -> list[Row]:
        return [Row({"id": key, "name": "same"}) for key in keys]


@strawberry.type
class Tag:
    id: int = column()
    name: str = column()
    same: "Tag" = relation("same", key="id")


@strawberry.type
class Item:
    id: int = column()
    tags: list[Tag | None] = relation("tags")


@strawberry.type
class Query:
    @strawberry.field
    def items(self) -> list[Item]:
        return [Row({"id": number}) for number in range(4)]  # type: ignore[misc]  # rows replace objects


def engine(*, compiled: bool) -> Engine:
    schema = strawberry.Schema(Query, config=StrawberryConfig(default_resolver=read))
    prepare(schema, loaders=["tags", "same"])
    return Engine(schema, compiled=compiled)


async def answer(kind: str, *, ask: bool, compiled: bool) -> Any:
    return await engine(compiled=compiled).execute(QUERY, variables={"ask": ask}, context=Tagged(kind))


@pytest.mark.parametrize("ask", [False, True])
@pytest.mark.parametrize("kind", PLACES)
async def test_both_executors_answer_alike(kind: str, ask: bool) -> None:
    ours, theirs = await answer(kind, ask=ask, compiled=True), await answer(kind, ask=ask, compiled=False)

    assert differences(ours, theirs) == []


async def test_each_list_has_its_rows_in_their_order() -> None:
    result = await answer("fine", ask=False, compiled=True)

    red, blue = {"name": "red", "id": 1}, {"name": "blue", "id": 2}
    assert [item["tags"] for item in result.data["items"]] == [[red], [red, blue], [], [red]]
    assert result.errors is None


async def test_what_fails_in_a_row_is_told_of_each_of_its_places() -> None:
    result = await answer("odd", ask=False, compiled=True)

    assert [item["tags"] for item in result.data["items"]] == [
        [{"name": "red", "id": 1}, None],
        [{"name": "blue", "id": 2}, None],
        [],
        [{"name": "blue", "id": 2}],
    ]
    assert [error.path for error in result.errors] == [["items", 0, "tags", 1, "name"], ["items", 1, "tags", 1, "name"]]

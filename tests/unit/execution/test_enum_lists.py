"""Lists of enum values are completed as in graphql-core, including lists whose values need no conversion."""

import enum
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.execution import Engine, column, prepare, read


@strawberry.enum
class Size(enum.Enum):
    SMALL = "SMALL"
    LARGE = "LARGE"
    HUGE = "huge"


class Text(str):
    """A subclass of str."""


@strawberry.type
class Shirt:
    sizes: list[Size] | None = column()
    some: list[Size | None] | None = column()


GIVEN: Any = None


def shirts() -> list[Shirt]:
    return [{"sizes": GIVEN, "some": GIVEN}]  # type: ignore[list-item]


@strawberry.type
class Query:
    shirts: list[Shirt] = strawberry.field(resolver=shirts)


SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(default_resolver=read))
prepare(SCHEMA)


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["SMALL", "LARGE"],
        ["SMALL", "huge"],
        [Size.SMALL, Size.HUGE, "LARGE"],
        ("SMALL",),
        ["SMALL", None],
        ["MEDIUM"],
        ["HUGE"],
        [["SMALL"]],
        [{}],
        [Text("SMALL")],
        [ValueError("no size")],
        None,
        "SMALL",
        7,
    ],
)
async def test_a_list_is_completed_alike_by_both_executors(given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "GIVEN", given)

    ours = await Engine(SCHEMA).execute("{ shirts { sizes some } }")
    theirs = await Engine(SCHEMA, compiled=False).execute("{ shirts { sizes some } }")

    assert ours.data == theirs.data
    assert [error.formatted for error in ours.errors or ()] == [error.formatted for error in theirs.errors or ()]

"""Relay connections, and the arguments that page through them."""

from typing import Annotated, Any, Generic, TypeVar

import strawberry

DEFAULT_PAGE = 25
MAX_PAGE = 100
MAX_OFFSET = 10_000

T = TypeVar("T")

First = Annotated[
    int | None,
    strawberry.argument(
        description=f"So many from the start, 1 to {MAX_PAGE}; {DEFAULT_PAGE} where neither first nor last."
    ),
]
After = Annotated[str | None, strawberry.argument(description="Go on behind this cursor.")]
Last = Annotated[int | None, strawberry.argument(description=f"So many from the end, 1 to {MAX_PAGE}.")]
Before = Annotated[str | None, strawberry.argument(description="Stop ahead of this cursor.")]
Offset = Annotated[
    int | None,
    strawberry.argument(
        description=f"Skip so many, 0 to {MAX_OFFSET}, for numbered pages; can't be joined with a cursor."
    ),
]


@strawberry.type(description="Where a page lies in the whole.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more behind this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more ahead of this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first, where there is one.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last, where there is one.")


@strawberry.type(description="One of a page, with the place it has in the order.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Its place: for `after` and `before`, in the same order.")
    node: T = strawberry.field(description="The thing itself.")


@strawberry.type(description="A page. What is not asked for is not looked up.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The page, each with its cursor.")
    nodes: list[T] = strawberry.field(description="The page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the whole.")
    total_count: int = strawberry.field(description="How many there are on all pages.")


class Page:
    """What a Connection is read from. Rows stand for nodes; what was not asked for is None and is never read."""

    __slots__ = ("edges", "nodes", "page_info", "total_count")

    def __init__(
        self,
        nodes: list[Any],
        *,
        edges: list[Any] | None = None,
        page_info: PageInfo | None = None,
        total_count: int | None = None,
    ) -> None:
        self.nodes = nodes
        self.edges = edges
        self.page_info = page_info
        self.total_count = total_count

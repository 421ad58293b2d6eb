"""Relay connections and their paging arguments."""

from typing import Annotated, Any, Generic, TypeVar

import strawberry

DEFAULT_PAGE = 25
MAX_PAGE = 100
MAX_OFFSET = 10_000
DEFAULT_CHANGES = 100
MAX_CHANGES = 1_000
"""The sizes of a page of `changes`."""

T = TypeVar("T")

First = Annotated[
    int | None,
    strawberry.argument(description=f"Returns the first n items (1 to {MAX_PAGE}, default {DEFAULT_PAGE})."),
]
After = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "Returns the items after this cursor, such as endCursor of the previous page. The order must be the same."
        )
    ),
]
Last = Annotated[
    int | None,
    strawberry.argument(
        description=f"Returns the last n items (1 to {MAX_PAGE}), in the same order. Cannot be combined with first."
    ),
]
Before = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "Returns the items before this cursor, such as startCursor of the next page. The order must be the same."
        )
    ),
]
Offset = Annotated[
    int | None,
    strawberry.argument(
        description=(
            f"Skips n items (0 to {MAX_OFFSET}), for numbered pages. Cannot be combined with a cursor, which is faster "
            f"on deep pages, and the only way beyond {MAX_OFFSET} items."
        )
    ),
]


@strawberry.type(description="Position of a page in the whole result, and the cursors of its ends.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="True if there are items after this page.")
    has_previous_page: bool = strawberry.field(description="True if there are items before this page.")
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first item on the page; null if the page is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last item on the page; null if the page is empty."
    )


@strawberry.type(description="An item of a page, with its cursor.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Position of the item, for `after` and `before` in the same order.")
    node: T = strawberry.field(description="The item at this position.")


@strawberry.type(description="One page of a result. Fields that are not selected cost no database query.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items of the page, each with its cursor.")
    nodes: list[T] = strawberry.field(description="The items of the page, without cursors.")
    page_info: PageInfo = strawberry.field(description="Position of the page in the whole result.")
    total_count: int = strawberry.field(description="Number of items on all pages. Costs one more database query.")


class Page:
    """Source of a Connection. Its nodes are rows. A part that the operation does not select is None."""

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

"""Loads the entries of each review: all entries of a bucket, or a page.

A key is a new review, which has its entries in memory, or the directory of a stored review.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from resolvers.decoding import bad_input
from resolvers.loaders.loading import Loader
from resolvers.query.keyset_order import BadCursor, Order, SortType, Term
from resolvers.query.page_sql import PageParts, page_parts
from resolvers.query.pages import Window
from schema.context import Context, LoaderClass
from schema.execution import Selection
from schema.pagination import Edge, Page, PageInfo
from services.reviews import storage as review_storage
from services.reviews.classification import Bucket, Flag
from services.reviews.entries import Entry, EntryIndex, Review

_AS_GIVEN = Order("campaign_review.index", (Term("index", SortType.NUMBER),))


class EntriesOfBucketByReview(Loader[Any, list[Entry]]):
    def __init__(self, context: Context, selection: Selection, arguments: Mapping[str, Any], *, bucket: Bucket) -> None:
        super().__init__(context, selection, arguments)
        self.bucket = bucket

    async def batch_load_fn(self, keys: list[Any]) -> list[list[Entry]]:
        kept = {key: EntryIndex(key).review_id for key in keys if not isinstance(key, Review)}
        entries = {}
        if kept:
            entries = await review_storage.entries_of_bucket(self.context.account_id, list(kept.values()), self.bucket)
        return [
            [entry for entry in key.entries if entry.bucket is self.bucket]
            if isinstance(key, Review)
            else entries[kept[key]]
            for key in keys
        ]


BUCKET_LOADERS: dict[str, LoaderClass] = {
    f"{bucket.lower()}_entries_by_review": partial(EntriesOfBucketByReview, bucket=bucket) for bucket in Bucket
}


class EntriesByReview(Loader[Any, Page]):
    async def batch_load_fn(self, keys: list[Any]) -> list[Page]:
        window = Window.of({name: self.arguments.get(name) for name in ("first", "after")})
        parts = page_parts(self.selection)
        directories = {key: EntryIndex(key.directory if isinstance(key, Review) else key) for key in keys}
        buckets, flags = self._buckets(), self._flags()
        matching = {key: directory.find(buckets, flags) for key, directory in directories.items()}
        first = _first_index(window)
        behind = {
            key: indexes if first == 0 else [index for index in indexes if index >= first]
            for key, indexes in matching.items()
        }
        pages = {key: indexes[: window.size] for key, indexes in behind.items()}
        rows = await self._rows(directories, pages) if parts.has_rows else {}
        return [
            _page(parts, window, rows.get(key, []), pages[key], len(behind[key]), len(matching[key])) for key in keys
        ]

    def _buckets(self) -> list[Bucket] | None:
        given = self.argument("buckets")
        return None if given is None else [Bucket(bucket.value) for bucket in given]

    def _flags(self) -> list[Flag] | None:
        given = self.argument("flags")
        return None if given is None else [Flag(flag.value) for flag in given]

    async def _rows(
        self, directories: Mapping[Any, EntryIndex], pages: Mapping[Any, Sequence[int]]
    ) -> dict[Any, list[Entry]]:
        kept = {
            directories[key].review_id: directories[key].positions(indexes)
            for key, indexes in pages.items()
            if not isinstance(key, Review)
        }
        entries = await review_storage.entries_at(self.context.account_id, kept) if kept else {}
        return {
            key: [key.entries[index] for index in indexes]
            if isinstance(key, Review)
            else [entries[directories[key].review_id][index] for index in indexes]
            for key, indexes in pages.items()
        }


def _first_index(window: Window) -> int:
    """Returns the first index after the cursor. Raises BAD_USER_INPUT."""
    if window.after is None:
        return 0
    try:
        (index,) = _AS_GIVEN.decode(window.after)
    except BadCursor as error:
        raise bad_input(str(error)) from None
    return int(index) + 1


def _page(parts: PageParts, window: Window, rows: list[Entry], indexes: Sequence[int], left: int, total: int) -> Page:
    cursors = [_AS_GIVEN.encode([index]) for index in indexes] if parts.has_cursors else []
    info = None
    if parts.has_page_info:
        info = PageInfo(
            has_next_page=left > len(indexes),
            has_previous_page=window.after is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
    edges = None
    if parts.has_edges:
        edges = [Edge(cursor=cursors[place] if cursors else "", node=row) for place, row in enumerate(rows)]
    return Page(rows, edges=edges, page_info=info, total_count=total if parts.has_total else None)

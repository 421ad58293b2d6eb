"""Loads a page of each contact's history, newest first."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from models.db import database
from models.db.database import Row
from resolvers.decoding import bad_input
from resolvers.loaders.loading import Loader
from resolvers.query.history_sql import NEWEST_ENTRIES, EntryKind, Shape, history_sql
from resolvers.query.keyset_order import BadCursor
from resolvers.query.pages import Window
from schema.pagination import Edge, Page, PageInfo
from schema.types.contact_history import LONGEST_CHANGES
from services.accounts.authentication import Scope

_MILLISECOND = timedelta(milliseconds=1)
_LATEST = datetime.max.replace(tzinfo=UTC) - _MILLISECOND


class HistoryByContact(Loader[UUID, Page]):
    """Omits entries about campaigns and messages if the caller lacks the scope to read them."""

    async def batch_load_fn(self, keys: list[UUID]) -> list[Page]:
        caller, window = self.context.caller, Window.of(self.arguments)
        after, nodes = _decoded(window.after), (self.selection.under("nodes"), self.selection.under("edges", "node"))
        has_changes = any("changes" in selected for selected in nodes)
        shape = Shape(
            None if after is None else after[1],
            window.limit,
            caller.may(Scope.CAMPAIGNS_READ),
            caller.may(Scope.MESSAGES_READ),
            has_changes,
            database.is_postgres(),
        )
        position = () if after is None else (after[0], after[2], _next_millisecond(after[0]))
        expected = len(keys) * window.limit * LONGEST_CHANGES if has_changes else 0
        found = await database.fetch_texts(
            history_sql(shape), keys, self.context.account_id, *position, expected=expected
        )
        entries: list[list[Row]] = [[] for _ in keys]
        for row in found:
            entries[row["place"]].append(row)
        return [_page(rows, window) for rows in entries]


def _next_millisecond(instant: datetime) -> UUID:
    """Returns the least id of the millisecond after an instant."""
    return database.least_uuid7(min(instant, _LATEST) + _MILLISECOND)


def _decoded(cursor: str | None) -> tuple[Any, ...] | None:
    """Returns the instant, the kind and the id of a cursor. Raises BAD_USER_INPUT."""
    if cursor is None:
        return None
    try:
        instant, kind, id = NEWEST_ENTRIES.decode(cursor)
        return instant, EntryKind(kind), id
    except BadCursor as error:
        raise bad_input(str(error)) from None
    except ValueError:
        raise bad_input("The cursor is malformed; send one that the server returned.") from None


def _page(rows: list[Row], window: Window) -> Page:
    entries = rows[: window.size]
    cursors = [NEWEST_ENTRIES.encode([row["occurred_at"], row["kind"], row["id"]]) for row in entries]
    info = PageInfo(
        has_next_page=len(rows) > window.size,
        has_previous_page=window.after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
    edges: list[Any] = [Edge(cursor=cursor, node=row) for cursor, row in zip(cursors, entries, strict=True)]
    return Page(entries, edges=edges, page_info=info)

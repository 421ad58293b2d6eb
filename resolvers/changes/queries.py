"""Queries of the change log: what changed after a cursor, and the cursor to begin with."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Annotated, Any, NamedTuple, cast
from uuid import UUID, uuid5

import strawberry
from graphql import GraphQLError
from strawberry import UNSET

from models.change import ChangeKind
from models.db.database import Row
from models.db.replicas import tell
from models.db.sql import TRUE
from resolvers.accounts.viewer import node_condition
from resolvers.decoding import bad_input, or_none
from resolvers.query.row_queries import by_key
from resolvers.query.tables import CAMPAIGN_CONTACTS, CAMPAIGNS, CONTACT_LISTS, CONTACTS, OPT_OUTS, USERS, Table
from schema.context import Context, Info
from schema.execution import Selection, selection
from schema.ids import IdPrefix, encode_many
from schema.pagination import DEFAULT_CHANGES, MAX_CHANGES, Edge, Page, PageInfo
from schema.types.change import ChangeConnection, SyncKind
from services.accounts.authentication import Scope
from services.changes import log
from services.changes.cursor import BadCursor, Cursor
from services.changes.log import ChangePage, CursorExpired, ObjectsOfKind

ChangesAfter = Annotated[
    str,
    strawberry.argument(
        description="Cursor after which the page begins: endCursor of the previous page, or syncCursor."
    ),
]
ChangesFirst = Annotated[
    int | None,
    strawberry.argument(
        description=f"Returns at most n changed objects (1 to {MAX_CHANGES}, default {DEFAULT_CHANGES})."
    ),
]
Kinds = Annotated[
    list[SyncKind] | None,
    strawberry.argument(description="Types of objects to return; default: all types that the caller may read."),
]


class _Kind(NamedTuple):
    table: Table
    prefix: IdPrefix
    scope: Scope


_KINDS: Mapping[ChangeKind, _Kind] = {
    ChangeKind.USER: _Kind(USERS, IdPrefix.USER, Scope.CONTACTS_READ),
    ChangeKind.CONTACT_LIST: _Kind(CONTACT_LISTS, IdPrefix.CONTACT_LIST, Scope.CONTACTS_READ),
    ChangeKind.CAMPAIGN: _Kind(CAMPAIGNS, IdPrefix.CAMPAIGN, Scope.CAMPAIGNS_READ),
    ChangeKind.CONTACT: _Kind(CONTACTS, IdPrefix.CONTACT, Scope.CONTACTS_READ),
    ChangeKind.OPT_OUT: _Kind(OPT_OUTS, IdPrefix.OPT_OUT, Scope.CONTACTS_READ),
    ChangeKind.CAMPAIGN_CONTACT: _Kind(CAMPAIGN_CONTACTS, IdPrefix.CAMPAIGN_CONTACT, Scope.CAMPAIGNS_READ),
}


async def sync_cursor(info: Info) -> str:
    _wanted(info.context, None)
    with _as_error():
        cursor = await log.latest(info.context.account_id, now=info.context.now)
    await tell(info.context.account_id)  # later reads must not be older than the cursor
    return cursor.encode()


async def changes(
    info: Info, after: ChangesAfter, first: ChangesFirst = UNSET, kinds: Kinds = UNSET
) -> ChangeConnection:
    context, size = info.context, or_none(first)
    size = DEFAULT_CHANGES if size is None else size
    if not 1 <= size <= MAX_CHANGES:
        raise bad_input(f"first must be 1 to {MAX_CHANGES}, not {size}.")
    wanted = _wanted(context, or_none(kinds))
    selected = selection(info)
    with _as_error():
        found = await log.read(
            context.account_id,
            after=Cursor.decode(after),
            kinds=wanted,
            size=size,
            now=context.now,
            objects=_contacts(context, selected) if ChangeKind.CONTACT in wanted else None,
        )
    page = await _page(context, found, selected)
    await tell(context.account_id)
    return cast(ChangeConnection, page)


@contextmanager
def _as_error() -> Iterator[None]:
    """Raises the errors of the change log as errors for the client."""
    try:
        yield
    except BadCursor as error:
        raise bad_input(f"after: {error}") from None
    except CursorExpired as error:
        raise GraphQLError(str(error), extensions={"code": "CURSOR_EXPIRED"}) from None


def _wanted(context: Context, kinds: Sequence[SyncKind] | None) -> list[ChangeKind]:
    """Returns the kinds to read. Raises FORBIDDEN if the caller may not read a requested kind, or none at all."""
    if kinds is None:
        readable = [kind for kind, each in _KINDS.items() if context.caller.may(each.scope)]
        if not readable:
            context.require(Scope.CONTACTS_READ)
        return readable
    if not kinds:
        raise bad_input("kinds can't be empty; leave it out for all types of objects.")
    wanted = sorted({ChangeKind[kind.name] for kind in kinds})
    for kind in wanted:
        context.require(_KINDS[kind].scope)
    return wanted


async def _page(context: Context, found: ChangePage, selected: Selection) -> Page:
    nodes: list[dict[str, Any]] = []
    if "nodes" in selected or "edges" in selected:
        nodes = await _nodes(context, found, selected)
    edges = None
    if "edges" in selected:
        places = range(len(nodes))
        edges = [Edge(cursor=found.cursor_after(place).encode(), node=nodes[place]) for place in places]
    info = PageInfo(
        has_next_page=found.has_more,
        has_previous_page=True,
        start_cursor=found.cursor_after(0).encode() if found.kinds else None,
        end_cursor=found.end.encode(),
    )
    return Page(nodes, edges=edges, page_info=info)


async def _nodes(context: Context, found: ChangePage, selected: Selection) -> list[dict[str, Any]]:
    """Returns a row for each change. Runs one statement for each kind of object but contacts."""
    nodes: list[dict[str, Any]] = [{}] * len(found.kinds)
    columns = selected.derived(_columns_by_kind)
    places: dict[int, list[int]] = {}
    for place, kind in enumerate(found.kinds):
        places.setdefault(kind, []).append(place)
    for kind, of_kind in places.items():
        changed = ChangeKind(kind)
        name = changed.name
        keys = [found.object_ids[place] for place in of_kind]
        rows: Sequence[Row | None] = [found.objects[place] for place in of_kind]
        if columns and changed is not ChangeKind.CONTACT:
            rows = await _objects(context, changed, keys, columns[changed])
        for place, id, row in zip(of_kind, _ids(context, changed, keys), rows, strict=True):
            nodes[place] = {
                "kind": name,
                "id": id,
                "object": row,
                "is_deleted": row is None,
                "changed_at": found.seconds[place],
            }
    return nodes


def _columns_by_kind(selected: Selection) -> dict[ChangeKind, tuple[str, ...]]:
    """Returns the selected columns of the objects of each kind; nothing if no objects are selected."""
    parts = selected.under("nodes"), selected.under("edges", "node")
    if not any("object" in part or "isDeleted" in part for part in parts):
        return {}
    objects = [part.under("object") for part in parts]
    return {kind: _columns(objects, table.typename) for kind, (table, *_) in _KINDS.items()}


def _columns(objects: Sequence[Selection], typename: str) -> tuple[str, ...]:
    columns = [of_part.on(typename).columns for of_part in objects]
    return tuple(dict.fromkeys(("__typename", *chain.from_iterable(columns))))


def _contacts(context: Context, selected: Selection) -> ObjectsOfKind | None:
    """Returns what to read of contacts, of which most changes are, with the changes; None if nothing."""
    columns = selected.derived(_columns_by_kind).get(ChangeKind.CONTACT)
    if columns is None:
        return None
    return ObjectsOfKind(
        ChangeKind.CONTACT,
        CONTACTS.name,
        CONTACTS.select_list(columns),
        node_condition(CONTACTS, context),
        CONTACTS.characters(columns),
    )


async def _objects(
    context: Context, kind: ChangeKind, keys: Sequence[UUID], columns: Sequence[str]
) -> Sequence[Row | None]:
    table, account_id = _KINDS[kind].table, context.account_id
    if kind is ChangeKind.OPT_OUT:
        phones = [_phone(key) for key in keys]
        return await by_key(table, columns, account_id, keys=phones, key="phone", kind="text", where=TRUE)
    return await by_key(table, columns, account_id, keys=keys, where=node_condition(table, context))


def _ids(context: Context, kind: ChangeKind, keys: Sequence[UUID]) -> list[str]:
    if kind is ChangeKind.OPT_OUT:
        keys = [uuid5(context.account_id, _phone(key)) for key in keys]
    return encode_many(_KINDS[kind].prefix, keys)


def _phone(key: UUID) -> str:
    """Returns the phone number of an opt-out. The change log has its digits as those of a UUID."""
    return f"+{key.hex.lstrip('0')}"

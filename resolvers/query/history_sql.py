"""The SQL of the history of contacts. It merges the entries of several tables by their instants.

Each source reads at most one page of its newest entries, with an index, before they are merged. The instant, the kind
of the source and an id of the source identify an entry. They are also the order and the cursor.
"""

from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from models.db import database
from resolvers.query.keyset_order import Order, SortType, Term


class EntryKind(IntEnum):
    """The sources. Of entries at one instant, those of a higher kind are newer."""

    CREATION = 0
    LIST = 1
    CAMPAIGN = 2
    SINGLE_CHANGE = 3
    BULK_CHANGE = 4
    CONSENT = 5
    MESSAGE = 6


NEWEST_ENTRIES = Order(
    "contact_history.newest",
    (
        Term("occurred_at", SortType.INSTANT, is_descending=True),
        Term("kind", SortType.NUMBER, is_descending=True),
        Term("id", SortType.ID, is_descending=True),
    ),
)

COLUMNS = {
    "occurred_at": "timestamptz",
    "kind": "smallint",
    "id": "uuid",
    "action": "text",
    "changes": "jsonb",
    "contact_list_id": "uuid",
    "campaign_id": "uuid",
    "message_id": "uuid",
    "job_id": "uuid",
    "line": "integer",
    "source": "text",
    "reason": "text",
    "user_id": "uuid",
    "token_id": "uuid",
}
"""The columns of an entry with their PostgreSQL types."""
_SQLITE_KINDS = {"timestamptz": "timestamp", "uuid": "uuid", "jsonb": "json"}


class Shape(NamedTuple):
    """The parts of a statement that are not parameters. `after` is the kind of the entry before the page."""

    after: int | None
    limit: int
    has_campaigns: bool
    has_messages: bool
    has_changes: bool
    is_postgres: bool


@lru_cache(maxsize=1000)
def history_sql(shape: Shape) -> str:
    """Returns the SQL of the same page of many contacts.

    The parameters are the ids of the contacts, the account and, if `after` is set, the instant and the id of that entry
    and the first id of the following millisecond. The last column is the position of the contact.
    """
    sources = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS s{place}" for place, sql in enumerate(_sources(shape)))
    newest = f"SELECT * FROM ({sources}) AS entry ORDER BY occurred_at DESC, kind DESC, id DESC LIMIT {shape.limit}"
    parents = database.with_account_id(database.keys_with_position("$1", "parents", "uuid"), "parents", "$2")
    contact = database.lookup_join("contact AS c", "c.account_id = parents.account_id AND c.id = parents.key")
    contacts = f"{parents} {contact}"
    if shape.is_postgres:
        return (
            f"SELECT c.id AS contact_id, entry.*, parents.place FROM {contacts} CROSS JOIN LATERAL ({newest}) AS entry "
            "ORDER BY parents.place, entry.occurred_at DESC, entry.kind DESC, entry.id DESC"
        )
    values = ", ".join(f"json({name})" if name == "changes" else name for name in COLUMNS)
    picked = ", ".join(
        database.selected_as(f"json_extract(child.value, '$[{place}]')", name, _SQLITE_KINDS[kind])
        if kind in _SQLITE_KINDS
        else f"json_extract(child.value, '$[{place}]') AS {name}"
        for place, (name, kind) in enumerate(COLUMNS.items())
    )
    entries = f"json_each((SELECT json_group_array(json_array({values})) FROM ({newest})))"
    return (
        f"SELECT c.id AS contact_id, {picked}, parents.place FROM {contacts} CROSS JOIN {entries} AS child "
        "ORDER BY parents.place, child.key"
    )


def _sources(shape: Shape) -> Iterator[str]:
    yield _creation(shape)
    yield _list(shape)
    yield _single_change(shape)
    yield _bulk_change(shape)
    yield _consent(shape)
    if shape.has_campaigns:
        yield _campaign(shape)
    if shape.has_messages:
        yield _message(shape)


def _selected(kind: EntryKind, **terms: str) -> str:
    terms = {"kind": f"{kind:d}", **terms}
    return ", ".join(f"{database.cast_to(terms.get(name, 'NULL'), type_)} AS {name}" for name, type_ in COLUMNS.items())


def _newest(shape: Shape, kind: EntryKind, rows: str, instant: str, id: str, **terms: str) -> str:
    """Returns the newest entries of a source: `rows` is FROM and WHERE, `terms` are SQL expressions of columns."""
    selected, behind = _selected(kind, occurred_at=instant, id=id, **terms), _behind(shape, kind, instant, id)
    return f"SELECT {selected} FROM {rows}{behind} ORDER BY {instant} DESC, {id} DESC LIMIT {shape.limit}"


def _behind(shape: Shape, kind: EntryKind, instant: str, id: str) -> str:
    if shape.after is None:
        return ""
    if shape.after == kind:
        return f" AND ({instant}, {id}) < ($3, $4)"
    return f" AND {instant} {'<=' if kind < shape.after else '<'} $3"


def _creation(shape: Shape) -> str:
    selected = _selected(
        EntryKind.CREATION,
        occurred_at="c.created_at",
        id="c.id",
        action="CASE WHEN c.imported_by_job_id IS NULL THEN 'CREATE' ELSE 'IMPORT' END",
        job_id="c.imported_by_job_id",
        line="c.import_line",
        user_id="c.created_by_id",
        token_id="c.created_by_token_id",
    )
    return f"SELECT {selected} WHERE TRUE{_behind(shape, EntryKind.CREATION, 'c.created_at', 'c.id')}"


def _added(action: str, table: str, column: str) -> str:
    """Returns the condition that no other entry shows that a contact came to a list or a campaign.

    A recorded entry has the instant of the row.
    """
    same = f"r.account_id = parents.account_id AND r.{column} = m.{column} AND r.occurred_at = m.created_at"
    same = f"{same} AND r.action = '{action}'"
    if column == "campaign_id":  # for the index, whose list column precedes the campaign column
        same = f"{same} AND r.contact_list_id IS NULL"
    includes = (
        "SELECT 1 FROM bulk_change_contact AS l "
        "WHERE l.account_id = parents.account_id AND l.contact_id = c.id AND l.bulk_change_id = r.id"
    )
    # Scalar subqueries use an index for each row. PostgreSQL would join NOT EXISTS with all changes of the account.
    return (
        f"{table} AS m WHERE m.account_id = parents.account_id AND m.contact_id = c.id "
        f"AND (SELECT 1 FROM contact_history AS r WHERE {same} AND r.contact_id = c.id LIMIT 1) IS NULL "
        f"AND (SELECT 1 FROM bulk_change AS r WHERE {same} AND ({includes}) IS NOT NULL LIMIT 1) IS NULL"
    )


def _of_creation(column: str) -> str:
    """Returns the SQL of a column of the contact, or null if the row is newer than the contact."""
    return f"CASE WHEN m.created_at = c.created_at THEN c.{column} END"


def _list(shape: Shape) -> str:
    return _newest(
        shape,
        EntryKind.LIST,
        _added("ADD_TO_LIST", "contact_list_member", "contact_list_id"),
        "m.created_at",
        "m.contact_list_id",
        action="'ADD_TO_LIST'",
        contact_list_id="m.contact_list_id",
        job_id=_of_creation("imported_by_job_id"),
        user_id=_of_creation("created_by_id"),
        token_id=_of_creation("created_by_token_id"),
    )


def _campaign(shape: Shape) -> str:
    return _newest(
        shape,
        EntryKind.CAMPAIGN,
        _added("ADD_TO_CAMPAIGN", "campaign_contact", "campaign_id"),
        "m.created_at",
        "m.id",
        action="'ADD_TO_CAMPAIGN'",
        campaign_id="m.campaign_id",
        user_id=_of_creation("created_by_id"),
        token_id=_of_creation("created_by_token_id"),
    )


_RECORDED = ("action", "contact_list_id", "campaign_id", "user_id", "token_id")


def _without_campaigns(shape: Shape, alias: str) -> str:
    return "" if shape.has_campaigns else f" AND {alias}.campaign_id IS NULL"


def _single_change(shape: Shape) -> str:
    own = "contact_history AS h WHERE h.account_id = parents.account_id AND h.contact_id = c.id"
    terms = {name: f"h.{name}" for name in (*_RECORDED, *(["changes"] if shape.has_changes else []))}
    source = own + _without_campaigns(shape, "h")
    return _newest(shape, EntryKind.SINGLE_CHANGE, source, "h.occurred_at", "h.id", **terms)


def _bulk_change(shape: Shape) -> str:
    """Returns the newest bulk changes, in the order of their ids, which begin with the millisecond of the change."""
    change = "b.account_id = parents.account_id AND b.id = l.bulk_change_id"
    looked_up: Callable[[str, str], str] = database.lookup_join
    joined = looked_up("bulk_change AS b", change)
    if shape.is_postgres:  # a lateral subquery, so that the planner can't read all changes of the account
        joined = f"CROSS JOIN LATERAL (SELECT * FROM bulk_change b WHERE {change} LIMIT 1) AS b"
    behind = ""
    if shape.after is not None:  # PostgreSQL requires that the statement uses each parameter
        behind = f" AND l.bulk_change_id < $5 AND {database.cast_to('$4', 'uuid')} IS NOT NULL"
        if shape.after == EntryKind.BULK_CHANGE:
            behind += " AND l.bulk_change_id < $4"
        else:
            behind += _behind(shape, EntryKind.BULK_CHANGE, "b.occurred_at", "b.id")
    terms = {name: f"b.{name}" for name in (*_RECORDED, "job_id")}
    selected = _selected(EntryKind.BULK_CHANGE, occurred_at="b.occurred_at", id="b.id", **terms)
    return (
        f"SELECT {selected} FROM bulk_change_contact AS l {joined} WHERE l.account_id = parents.account_id "
        f"AND l.contact_id = c.id{behind}{_without_campaigns(shape, 'b')} "
        f"ORDER BY l.bulk_change_id DESC LIMIT {shape.limit}"
    )


def _consent(shape: Shape) -> str:
    return _newest(
        shape,
        EntryKind.CONSENT,
        "consent_event AS e WHERE e.account_id = parents.account_id AND e.phone = c.phone",
        "e.occurred_at",
        "e.id",
        action="CASE WHEN e.is_opted_out THEN 'OPT_OUT' ELSE 'OPT_IN' END",
        **{name: f"e.{name}" for name in ("source", "reason", "job_id", "user_id", "token_id")},
    )


def _message(shape: Shape) -> str:
    return _newest(
        shape,
        EntryKind.MESSAGE,
        "message AS m WHERE m.account_id = parents.account_id AND m.phone = c.phone AND m.phone <> ''",
        "m.occurred_at",
        "m.id",
        action="'RECORD_MESSAGES'",
        message_id="m.id",
        campaign_id="m.campaign_id" if shape.has_campaigns else "NULL",
        user_id="m.user_id",
    )

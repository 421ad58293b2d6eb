"""Fast path that creates or changes one contact without prior locks. Requests that do so at the same time share it.

It covers most calls of `saving.save` and `updating.update`, with a fraction of the round trips: one script (see
models.db.staging) for all rows. Of a row it writes all or nothing. It returns None if the general path is needed.
docs/decisions/shared-statements.md explains it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db import database, deadline, staging
from models.db.application import PerApplication
from models.db.database import Row
from models.db.shared_statements import SharedStatements
from models.db.text_cache import cache_texts
from services.accounts.settings import AccountSettings
from services.accounts.usage import usage
from services.audit import recording as audit
from services.changes import recording as change_log
from services.contacts import table as contact_table, updating as contact_updating
from services.contacts.saving import ParsedContact
from services.contacts.unique_keys import Key
from services.contacts.updating import ContactUpdate
from services.contacts.value_counts import LABELS, TAGS, ValueCounts
from services.events import actor
from services.history import field_changes, recording as history
from services.ids import IdPrefix, encode
from services.input.omitted import Omitted
from services.subscriptions import change_log as contact_change_log
from services.webhooks import recording as webhooks
from services.webhooks.events import EventType

_Given: TypeAlias = dict[str, Any]
_AGAIN: Final = cast(Row, object())
"""The result for a row of several that was not written, and may be if it is alone."""


class _Changes(SharedStatements[_Given, Row | None]):
    """The scripts of an application."""

    def __init__(self) -> None:
        super().__init__(writes=True)


_changes = PerApplication(_Changes)


async def create(
    row: ParsedContact, *, settings: AccountSettings, user_id: UUID | None, selected: str, now: datetime
) -> Row | None:
    """Creates a contact for a user and returns the columns of `selected`, which is SQL over `contact`.

    Returns None if a list does not exist, another contact has the number or external id, the row has errors, or the
    row names users. Returns None if the account has subscriptions.
    """
    given, account_id = row.given, settings.account_id
    names_users = isinstance(given.owner_id, UUID) or given.assignee_ids or given.assigned_to_email
    if row.refusals or names_users or not _is_possible(account_id):
        return None
    draft = contact_table.new_draft(row.phone, settings, now=now)
    draft.change(row.values)
    draft.set_owner(user_id if isinstance(given.owner_id, Omitted) else None, now)
    draft.finish(now)
    log = _log_values(draft.id, "Created a contact.", now)
    values = {"id": draft.id, **draft.values, "list_ids": list(set(given.list_ids)), **log}
    made = await _written("create", account_id, selected, values, partial(_create, account_id, selected))
    if made is not None:
        usage().note_contacts(account_id, 1, now=now)
    return made


async def update(
    *, key: Key, change: ContactUpdate, settings: AccountSettings, selected: str, now: datetime
) -> Row | None:
    """Changes the contact with a key and returns the columns of `selected`, which is SQL over `contact`.

    Returns None if the contact does not exist or is in the trash, if another transaction changed it at the same time,
    if it has another version than expected, if nothing changes, or if the change affects more than the contact's own
    fields and tags. Returns None if the account has subscriptions. Raises Refused for invalid values.
    """
    phone, values = contact_updating.parse_update(change, settings)
    account_id = settings.account_id
    if (
        phone is not None
        or "external_id" in values
        or contact_updating.changes_links(change)
        or not _is_possible(account_id)
    ):
        return None
    known = await _read(account_id, key, now)
    if known is None:
        return None
    draft = contact_table.unlocked(known)
    if draft.is_trashed or change.is_stale(draft):
        return None
    contact_updating.set_details(draft, change, values)
    draft.finish(now)
    if not draft.has_new_version:
        return None
    fields = sorted(draft.changed_fields)
    row = {
        "id": draft.id,
        "version_before": draft.before["version"],
        **{name: draft.values[name] for name in contact_table.SIMPLE_COLUMNS},
        **_log_values(draft.id, audit.changed(fields), now),
        "fields": fields,
        "changes": [list(each) for each in field_changes.of_draft(draft)] or None,
        "tag_changes": contact_updating.changes_of(draft.gained_tags, draft.lost_tags),
        "label_changes": contact_updating.changes_of(draft.gained_labels, draft.lost_labels),
    }
    return await _written("update", account_id, selected, row, partial(_update, account_id, selected))


def _is_possible(account_id: UUID) -> bool:
    """Returns whether the fast path is available: if only webhook endpoints must hear of the change.

    On Citus it is not, because a worker that runs the statement does not know the coordinator's transaction. On SQLite,
    a script can't be part of a transaction.
    """
    if contact_change_log.has_subscribers(account_id) or webhooks.operator_types().names:
        return False
    return not (database.is_distributed() if database.is_postgres() else database.in_a_transaction())


async def _written(
    kind: str,
    account_id: UUID,
    selected: str,
    row: _Given,
    work: Callable[[list[_Given]], Awaitable[Sequence[Row | None]]],
) -> Row | None:
    """Returns the contact that `work` writes for a row, or None if it writes nothing."""
    if database.in_a_transaction():
        [found] = await work([row])
        return found
    found = await _changes().run((kind, account_id, selected), row, work)
    if found is _AGAIN:
        [found] = await work([row])
    if found is not None:
        deadline.note_written()
    return found


async def _run(
    account_id: UUID, table: str, columns: Mapping[str, str], rows: list[_Given], script: str
) -> list[Row | None]:
    """Runs a script. The last column of its rows is the `log_id` of the given row."""
    if not _is_possible(account_id):
        return [None] * len(rows)
    try:
        found = await staging.run_script(account_id, table, columns, rows, script)
    except database.Conflict:
        found = ()
    by_id, missing = {row[-1]: row for row in found}, None if len(rows) == 1 else _AGAIN
    return [by_id.get(row["log_id"], missing) for row in rows]


def _has(name: str, rows: list[_Given]) -> bool:
    return any(row[name] for row in rows)


_LOG: Final = {
    "log_id": "uuid",
    "subject": "text",
    "summary": "text",
    "user_id": "uuid",
    "token_id": "uuid",
    "request_id": "text",
    "ip_address": "text",
    "retry_until": "timestamptz",
}


def _log_values(contact_id: UUID, summary: str, now: datetime) -> _Given:
    """Returns the values of `_LOG`. The audit event, the entry of the history and the webhook event have one id."""
    by = actor.current()
    return {
        "log_id": database.uuid7(now),
        "subject": encode(IdPrefix.CONTACT, contact_id),
        "summary": summary,
        "user_id": by.user_id,
        "token_id": by.token_id,
        "request_id": by.request_id,
        "ip_address": by.address,
        "retry_until": now + webhooks.RETRIED_FOR,
    }


def _logged(action: AuditAction, event: EventType, table: str, subject: Mapping[str, str]) -> dict[str, str]:
    """Returns the parts that write to the audit log and for webhook endpoints, for the rows of a table."""
    names = ("subject", "summary", "user_id", "token_id", "request_id", "ip_address")
    values = {"id": f"{table}.log_id", **{name: f"{table}.{name}" for name in names}}
    return {
        "audited": audit.insertion(of=table, action=action, values={**values, "occurred_at": f"{table}.updated_at"}),
        "told": webhooks.insertion(
            of=table,
            type_=event,
            contact_id=f"{table}.id",
            event_id=f"{table}.log_id",
            now=f"{table}.updated_at",
            until=f"{table}.retry_until",
            subject={"userId": f"{table}.user_id", "tokenId": f"{table}.token_id", **subject},
        ),
    }


def _result(selected: str, table: str, contacts: str) -> str:
    """Returns the query of the contacts of a table's rows."""
    log_id = database.selected_as("o.log_id", "log_id", "uuid")
    found = database.lookup_join(contacts, "contact.account_id = $1 AND contact.id = o.own_id")
    return f"SELECT {selected}, {log_id} FROM (SELECT id AS own_id, log_id FROM {table}) AS o {found}"


# ------------------------------------------------------------------ creating


_NEW: Final = {"id": "uuid", **contact_table.WRITTEN_COLUMNS, "list_ids": "uuid[]", **_LOG}
_TABLE_OF_NEW: Final = "new_contact"


async def _create(account_id: UUID, selected: str, rows: list[_Given]) -> list[Row | None]:
    has_lists, has_tags, has_labels = (_has(name, rows) for name in ("list_ids", "tags", "custom_variables"))
    script = _creation(selected, has_lists, has_tags, has_labels, len(rows) == 1, database.is_postgres())
    return await _run(account_id, _TABLE_OF_NEW, _NEW, rows, script)


@cache_texts(1_000_000)
def _creation(
    selected: str, has_lists: bool, has_tags: bool, has_labels: bool, is_alone: bool, is_postgres: bool
) -> str:
    """Returns the script that creates contacts whose lists exist.

    Follows the general lock order: lists by id, then the contacts, which are still invisible to other transactions,
    then tags by name, then labels. PostgreSQL executes the last CTE first. So tags and labels, which many contacts
    share, are locked only briefly. A row whose list another transaction has locked must not delay the others.
    """
    new, lists = _TABLE_OF_NEW, database.elements_of(f"{_TABLE_OF_NEW}.list_ids", "l")
    parts = _made_on_postgres(has_lists, is_alone) if is_postgres else _made_on_sqlite(has_lists)
    if has_labels:
        parts["labelled"] = _counted(LABELS, "t.key, count(*)", database.keys_of(f"{new}.custom_variables", "t"), new)
    if has_tags:
        parts["tagged"] = _counted(TAGS, "t.value, count(*)", database.elements_of(f"{new}.tags", "t"), new)
    changed = f"SELECT {ChangeKind.CONTACT:d} AS kind, id FROM {new}"
    if has_lists:
        changed += f" UNION ALL SELECT DISTINCT {ChangeKind.CONTACT_LIST:d}, l.value FROM {new} CROSS JOIN {lists}"
        own = f"SELECT l.value FROM {new} CROSS JOIN {lists}"
        parts["member"] = (
            "INSERT INTO contact_list_member (account_id, contact_list_id, contact_id, created_at) "
            f"SELECT $1, l.value, {new}.id, {new}.updated_at FROM {new} CROSS JOIN {lists}"
        )
        parts["counted"] = (
            f"UPDATE contact_list SET contact_count = contact_count + "
            f"(SELECT count(*) FROM ({own}) AS o WHERE o.value = contact_list.id) "
            f"WHERE contact_list.account_id = $1 AND {_among('contact_list.id', own)}"
        )
    parts["noted"] = change_log.noting(changed)
    parts |= _logged(AuditAction.CREATE, EventType.CONTACT_CREATED, new, {})
    return staging.script(_NEW, parts, _result(selected, new, "made AS contact" if is_postgres else "contact"))


_LINKED: Final = ("created_by_id", "created_by_token_id", "created_at", "last_inbound_at", "last_outbound_at")


def _insertion(source: str) -> str:
    """Returns the INSERT of contacts from rows `r` and the history `h` of their numbers."""
    names = ["id", *contact_table.WRITTEN_COLUMNS]
    values = [
        *(f"r.{name}" for name in (*names, "user_id", "token_id", "updated_at")),
        *(f"h.{name}" for name in _LINKED[3:]),
    ]
    return (
        f"INSERT INTO contact (account_id, {', '.join((*names, *_LINKED))}) "
        f"SELECT $1, {', '.join(values)} FROM {source} ON CONFLICT DO NOTHING"
    )


def _made_on_postgres(has_lists: bool, is_alone: bool) -> dict[str, str]:
    parts, has_its_lists = {}, ""
    if has_lists:
        own = f"SELECT unnest({staging.GIVEN}.list_ids) FROM {staging.GIVEN}"
        parts["list"] = (
            f"SELECT contact_list.id FROM contact_list WHERE contact_list.account_id = $1 "
            f"AND {_among('contact_list.id', own)} "
            f"ORDER BY contact_list.id FOR UPDATE{'' if is_alone else ' SKIP LOCKED'}"
        )
        has_its_lists = f"WHERE {staging.GIVEN}.list_ids <@ ARRAY(SELECT list.id FROM list) "
    in_order = f"(SELECT * FROM {staging.GIVEN} {has_its_lists}ORDER BY number_lock(phone), phone) AS r"
    source = f"{in_order} CROSS JOIN LATERAL history_of_number($1, r.phone) AS h"
    parts["made"] = f"{_insertion(source)} RETURNING *"
    parts[_TABLE_OF_NEW] = f"SELECT {staging.GIVEN}.* FROM {staging.GIVEN} JOIN made ON made.id = {staging.GIVEN}.id"
    return parts


def _made_on_sqlite(has_lists: bool) -> dict[str, str]:
    new, parts = _TABLE_OF_NEW, {}
    if has_lists:
        is_there = "SELECT 1 FROM contact_list WHERE contact_list.account_id = $1 AND contact_list.id = l.value"
        is_missing = f"SELECT 1 FROM json_each({new}.list_ids) AS l WHERE NOT EXISTS ({is_there})"
        parts["list"] = f"DELETE FROM {new} WHERE EXISTS ({is_missing})"
    history_of_number = "LEFT JOIN phone_history AS h ON h.account_id = $1 AND h.phone = r.phone"
    parts["made"] = _insertion(f"{new} AS r {history_of_number} WHERE TRUE")
    is_made = f"SELECT 1 FROM contact WHERE contact.account_id = $1 AND contact.id = {new}.id"
    parts["not_made"] = f"DELETE FROM {new} WHERE NOT EXISTS ({is_made})"
    return parts


def _counted(counts: ValueCounts, selected: str, values: str, table: str) -> str:
    """Returns the part that adds to the counts of tags or labels. `selected` has a value and a number."""
    value = selected.partition(",")[0]
    inserted = counts.insert(f"SELECT $1, {selected}")
    return f"{inserted} FROM {table} CROSS JOIN {values} WHERE TRUE GROUP BY {value} ORDER BY {value} {counts.added}"


def _among(column: str, query: str) -> str:
    """Returns the condition that a column has a value of a short query. PostgreSQL searches an index for each value."""
    return f"{column} = ANY(ARRAY({query}))" if database.is_postgres() else f"{column} IN ({query})"


# ------------------------------------------------------------------ changing


class _Readings(SharedStatements[Any, Row | None]):
    """The statements that read contacts before a change."""

    def __init__(self) -> None:
        super().__init__(writes=False)


_readings = PerApplication(_Readings)


async def _read(account_id: UUID, key: Key, now: datetime) -> Row | None:
    async def read(values: list[Any]) -> list[Row | None]:
        found = await contact_table.read(account_id, key.among(values, now))
        by_value = {row[key.column]: row for row in found}
        return [by_value.get(value) for value in values]

    if database.in_a_transaction():
        return (await read([key.value]))[0]
    return await _readings().run((account_id, key.column), key.value, read)


_CHANGED: Final = {
    "id": "uuid",
    "version_before": "integer",
    **contact_table.SIMPLE_COLUMNS,
    **_LOG,
    "fields": "text[]",
    "changes": "jsonb",
    "tag_changes": "jsonb",
    "label_changes": "jsonb",
}
_TABLE_OF_CHANGED: Final = "changed_contact"


async def _update(account_id: UUID, selected: str, rows: list[_Given]) -> list[Row | None]:
    has_tags, has_labels = _has("tag_changes", rows), _has("label_changes", rows)
    script = _change(selected, has_tags, has_labels, len(rows) == 1, database.is_postgres())
    return await _run(account_id, _TABLE_OF_CHANGED, _CHANGED, rows, script)


@cache_texts(1_000_000)
def _change(selected: str, has_tags: bool, has_labels: bool, is_alone: bool, is_postgres: bool) -> str:
    """Returns the script that changes contacts which still have their version. It changes each only once.

    A contact that another transaction has locked must not delay the others.
    """
    own = _TABLE_OF_CHANGED
    parts = _changed_on_postgres(selected, is_alone) if is_postgres else _changed_on_sqlite()
    for name, has, counts in (("label", has_labels, LABELS), ("tag", has_tags, TAGS)):
        if has:
            values = database.entries_of(f"{own}.{name}_changes", "t")
            parts[f"of_{name}s"] = _counted(counts, "t.key, sum(CAST(t.value AS integer))", values, own)
    parts["noted"] = change_log.noting(f"SELECT {ChangeKind.CONTACT:d} AS kind, id FROM {own}")
    fields = f"{own}.fields" if is_postgres else f"json({own}.fields)"
    parts |= _logged(AuditAction.UPDATE, EventType.CONTACT_UPDATED, own, {"changedFields": fields})
    entry = {"contact_id": f"{own}.id", "id": f"{own}.log_id", "occurred_at": f"{own}.updated_at"}
    entry |= {name: f"{own}.{name}" for name in ("changes", "user_id", "token_id")}
    parts["remembered"] = history.insertion(of=own, action=AuditAction.UPDATE, values=entry)
    query = "SELECT * FROM changed" if is_postgres else _result(selected, own, "contact")
    return staging.script(_CHANGED, parts, query)


def _assignment(source: str) -> str:
    """Returns the UPDATE of contacts from rows of `source`, without its last conditions."""
    given = ", ".join(f"{name} AS new_{name}" for name in contact_table.SIMPLE_COLUMNS)
    assigned = ", ".join(f"{name} = o.new_{name}" for name in contact_table.SIMPLE_COLUMNS)
    return (
        f"UPDATE contact SET {assigned} "
        f"FROM (SELECT id AS own_id, version_before, log_id, {given} FROM {source}) AS o "
        "WHERE contact.account_id = $1 AND contact.id = o.own_id"
    )


def _changed_on_postgres(selected: str, is_alone: bool) -> dict[str, str]:
    parts, ids = {}, f"SELECT {staging.GIVEN}.id FROM {staging.GIVEN}"
    if not is_alone:
        parts["free"] = (
            f"SELECT contact.id FROM contact WHERE contact.account_id = $1 AND {_among('contact.id', ids)} "
            "ORDER BY contact.id FOR UPDATE SKIP LOCKED"
        )
        ids = "SELECT free.id FROM free"
    parts["changed"] = (
        f"{_assignment(staging.GIVEN)} AND {_among('contact.id', ids)} AND contact.version = o.version_before "
        f"AND contact.deleted_at IS NULL RETURNING {selected}, o.log_id"
    )
    parts[_TABLE_OF_CHANGED] = (
        f"SELECT {staging.GIVEN}.* FROM {staging.GIVEN} JOIN changed ON changed.log_id = {staging.GIVEN}.log_id"
    )
    return parts


def _changed_on_sqlite() -> dict[str, str]:
    own = _TABLE_OF_CHANGED
    is_same = (
        f"SELECT 1 FROM contact WHERE contact.account_id = $1 AND contact.id = {own}.id "
        f"AND contact.version = {own}.version_before AND contact.deleted_at IS NULL"
    )
    firsts = f"SELECT min(o.rowid) FROM {own} AS o GROUP BY o.id"
    return {
        "not_changed": f"DELETE FROM {own} WHERE NOT EXISTS ({is_same}) OR rowid NOT IN ({firsts})",
        "changed": _assignment(own),
    }

"""Fast path that creates or changes one contact in a single statement, without prior locks. It writes all or nothing.

It covers most calls of `contact_saving.save` and `contact_updating.update`, with a fraction of the round trips. It
returns None, having written nothing, if the general path is needed. It exists only for PostgreSQL, because a SQLite
statement can write to only one table.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db import database
from models.db.application import current
from models.db.database import Row
from models.db.sql import Sql
from models.db.text_cache import cache_texts
from services.accounts.settings import AccountSettings
from services.accounts.usage import usage
from services.audit import recording as audit
from services.changes import recording as change_log
from services.contacts import table as contact_table, updating as contact_updating, value_counts
from services.contacts.saving import ParsedContact
from services.contacts.updating import ContactUpdate
from services.contacts.value_counts import ValueCounts
from services.events import actor
from services.history import field_changes, recording as history
from services.ids import IdPrefix, encode
from services.input.omitted import Omitted
from services.subscriptions import change_log as contact_change_log
from services.webhooks import recording as webhooks
from services.webhooks.events import EventType


async def create(
    row: ParsedContact, *, settings: AccountSettings, user_id: UUID | None, selected: str, now: datetime
) -> Row | None:
    """Creates a contact for a user and returns the columns of `selected`, which is SQL over `contact`.

    Returns None if a list does not exist, another contact has the number or external id, the row has errors, or the
    row names users. Returns None on SQLite, and if the account has subscriptions.
    """
    given = row.given
    names_users = isinstance(given.owner_id, UUID) or given.assignee_ids or given.assigned_to_email
    if row.refusals or names_users or not _is_possible(settings.account_id):
        return None
    draft = contact_table.new_draft(row.phone, settings, now=now)
    draft.change(row.values)
    draft.set_owner(user_id if isinstance(given.owner_id, Omitted) else None, now)
    draft.finish(now)
    list_ids = list(set(given.list_ids))
    has_tags, has_labels = bool(draft.values["tags"]), bool(draft.values["custom_variables"])
    sql = _creation(selected, min(len(list_ids), 2), has_tags, has_labels)
    values = [draft.values[name] for name in contact_table.WRITTEN_COLUMNS]
    lists = [list_ids] if len(list_ids) > 1 else list_ids
    args = (draft.id, *values, *_log_values(draft.id, "Created a contact.", now), *lists)
    try:
        made = await database.fetch(sql, settings.account_id, *args, is_repeatable=False)
    except database.Conflict:
        return None
    if not made:
        return None
    usage().note_contacts(settings.account_id, 1, now=now)
    return made[0]


def _is_possible(account_id: UUID) -> bool:
    """Returns whether the fast path is available: on PostgreSQL, if only webhook endpoints must hear of the change.

    On Citus it is not, because a worker that runs the statement does not know the coordinator's transaction.
    """
    is_unheard = not contact_change_log.has_subscribers(account_id) and not webhooks.operator_types().names
    return database.is_postgres() and not database.is_distributed() and is_unheard


@cache_texts(1_000_000)
def _creation(selected: str, list_count: int, has_tags: bool, has_labels: bool) -> str:
    """Returns the INSERT statement. Parameters: account, id, the written columns, `_log_values`, and a list id or an
    array of them.

    The array is used for two or more lists. Follows the general lock order: lists by id, then the contact, which is
    still invisible to other transactions, then tags by name, then labels.
    """
    places, log = _places(contact_table.WRITTEN_COLUMNS, 3), _places(_LOG, 3 + len(contact_table.WRITTEN_COLUMNS))
    names, values, now = ", ".join(places), ", ".join(places.values()), places["updated_at"]
    given = f"${3 + len(places) + len(log)}::uuid"
    if list_count > 1:
        lists, is_wanted = f"unnest({given}[])", f"contact_list.id = ANY({given}[])"
        are_there = f"(SELECT count(*) FROM list) = cardinality({given}[])"
    else:  # in a small account, comparing all lists with an array would take longer than the rest of the statement
        lists, is_wanted, are_there = given, f"contact_list.id = {given}", "EXISTS (SELECT FROM list)"
    parts = [
        "made AS (INSERT INTO contact "
        f"(account_id, id, {names}, created_by_id, created_by_token_id, created_at, last_inbound_at, last_outbound_at) "
        f"SELECT $1, $2, {values}, {log['user_id']}, {log['token_id']}, {now}, h.last_inbound_at, h.last_outbound_at "
        f"FROM history_of_number($1, {places['phone']}) h"
        f"{f' WHERE {are_there}' if list_count else ''} "
        "ON CONFLICT DO NOTHING RETURNING *)"
    ]
    counted = []
    if has_tags:
        counted.append(_counted(value_counts.TAGS, f"made CROSS JOIN unnest({places['tags']}) AS t(name)", "1"))
    if has_labels:
        labels = f"jsonb_object_keys({places['custom_variables']}) AS t(name)"
        counted.append(_counted(value_counts.LABELS, f"made CROSS JOIN {labels}", "1"))
    parts += _in_lock_order(counted)
    if list_count:
        parts = [
            f"list AS MATERIALIZED (SELECT id FROM contact_list WHERE contact_list.account_id = $1 AND {is_wanted} "
            "ORDER BY contact_list.id FOR UPDATE)",
            *parts,
            "member AS (INSERT INTO contact_list_member (account_id, contact_list_id, contact_id, created_at) "
            f"SELECT $1, {lists}, $2, {now} FROM made RETURNING contact_id)",
            "counted AS (UPDATE contact_list SET contact_count = contact_count + 1 FROM made "
            f"WHERE contact_list.account_id = $1 AND {is_wanted} RETURNING contact_list.id)",
        ]
    changed = {ChangeKind.CONTACT: "$2::uuid"} | ({ChangeKind.CONTACT_LIST: lists} if list_count else {})
    parts.append(change_log.cte("noted", of="made", changed=changed))
    parts += _logged(AuditAction.CREATE, EventType.CONTACT_CREATED, of="made", log=log, now=now, subject={})
    return f"WITH {', '.join(parts)} SELECT {selected} FROM made AS contact"


_LOG = {
    "id": "uuid",
    "subject": "text",
    "summary": "text",
    "user_id": "uuid",
    "token_id": "uuid",
    "request_id": "text",
    "ip_address": "text",
}


def _log_values(contact_id: UUID, summary: str, now: datetime) -> list[Any]:
    """Returns the values of `_LOG`. The audit event, the entry of the history and the webhook event have one id."""
    by = actor.current()
    subject = encode(IdPrefix.CONTACT, contact_id)
    return [database.uuid7(now), subject, summary, by.user_id, by.token_id, by.request_id, by.address]


def _places(columns: Mapping[str, str], first: int) -> dict[str, str]:
    """Returns the placeholders of columns, from a place on."""
    return {name: f"${place}::{kind}" for place, (name, kind) in enumerate(columns.items(), first)}


def _logged(
    action: AuditAction, event: EventType, *, of: str, log: Mapping[str, str], now: str, subject: Mapping[str, str]
) -> list[str]:
    """Returns the CTEs for the audit log and for webhook endpoints. `log` has the placeholders of `_LOG`."""
    subject = {"userId": log["user_id"], "tokenId": log["token_id"], **subject}
    return [
        audit.cte("audited", of=of, action=action, values={**log, "occurred_at": now}),
        webhooks.cte("told", of=of, type_=event, event_id=log["id"], now=now, subject=subject),
    ]


def _in_lock_order(ctes: list[str]) -> list[str]:
    """Returns CTEs so that they lock their rows in the given order.

    PostgreSQL executes the last CTE first, so tags and labels, which many contacts share, are locked only briefly.
    Citus executes the first CTE first.
    """
    return ctes if current().is_distributed else ctes[::-1]


def _counted(counts: ValueCounts, source: str, change: str) -> str:
    """Returns the CTE that adds to the counts of tags or labels. `source` has their names, as `t.name`."""
    added = counts.insert(f"SELECT $1, t.name, {change} FROM {source} ORDER BY t.name")
    return f"of_{counts.table} AS ({added} {counts.added} RETURNING contact_count)"


async def update(
    *, where: Sql, change: ContactUpdate, settings: AccountSettings, selected: str, now: datetime
) -> Row | None:
    """Changes the contact that matches `where` and returns the columns of `selected`, which is SQL over `contact`.

    Returns None if the contact does not exist or is in the trash, if another transaction changed it at the same time,
    if it has another version than expected, if nothing changes, or if the change affects more than the contact's own
    fields and tags. Returns None on SQLite, and if the account has subscriptions. Raises Refused for invalid values.
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
    candidates = await contact_table.read(account_id, where)
    if len(candidates) != 1 or candidates[0].is_trashed or change.is_stale(candidates[0]):
        return None
    draft = candidates[0]
    contact_updating.set_details(draft, change, values)
    draft.finish(now)
    if not draft.has_new_version:
        return None
    tags = contact_updating.changes_of(draft.gained_tags, draft.lost_tags)
    labels = contact_updating.changes_of(draft.gained_labels, draft.lost_labels)
    counts = [part for changes in (tags, labels) if changes for part in (list(changes), list(changes.values()))]
    sql = _change(selected, bool(tags), bool(labels))
    written = [draft.values[name] for name in contact_table.SIMPLE_COLUMNS]
    fields = sorted(draft.changed_fields)
    changes = [list(change) for change in field_changes.of_draft(draft)] or None
    log = (*_log_values(draft.id, audit.changed(fields), now), fields, changes)
    args = (*written, draft.before["version"], *log, *counts)
    try:
        changed = await database.fetch(sql, account_id, draft.id, *args, is_repeatable=False)
    except database.Conflict:
        return None
    return changed[0] if changed else None


@cache_texts(1_000_000)
def _change(selected: str, has_tags: bool, has_labels: bool) -> str:
    """Returns the UPDATE statement. Parameters: account, id, the contact's own columns, the version before,
    `_log_values`, the names of the changed fields, and the changes for the history.

    If tags change, two arrays follow: the names of the tags, and the changes of their counts. If labels of custom
    variables change, the same two arrays follow for them.
    """
    places = _places(contact_table.SIMPLE_COLUMNS, 3)
    assigned = ", ".join(f"{name} = {place}" for name, place in places.items())
    version, log = f"${len(places) + 3}", _places(_LOG, len(places) + 4)
    first = len(places) + 4 + len(log)
    fields, changes, now = f"${first}::text[]", f"${first + 1}::jsonb", places["updated_at"]
    parts = [
        f"changed AS (UPDATE contact SET {assigned} WHERE account_id = $1 AND id = $2 "
        f"AND version = {version} AND deleted_at IS NULL RETURNING {selected})"
    ]
    changing = [counts for counts, has in ((value_counts.TAGS, has_tags), (value_counts.LABELS, has_labels)) if has]
    counted = []
    for counts in changing:
        source = f"unnest(${first + 2}::text[], ${first + 3}::integer[]) AS t(name, change)"
        counted.append(_counted(counts, f"changed CROSS JOIN {source}", "t.change"))
        first += 2
    parts += _in_lock_order(counted)
    parts.append(change_log.cte("noted", of="changed", changed={ChangeKind.CONTACT: "$2::uuid"}))
    parts += _logged(
        AuditAction.UPDATE, EventType.CONTACT_UPDATED, of="changed", log=log, now=now, subject={"changedFields": fields}
    )
    entry = {name: log[name] for name in ("id", "user_id", "token_id")} | {"changes": changes, "occurred_at": now}
    parts.append(history.cte("remembered", of="changed", action=AuditAction.UPDATE, values=entry))
    return f"WITH {', '.join(parts)} SELECT * FROM changed"

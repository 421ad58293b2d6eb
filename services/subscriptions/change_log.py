"""Publishes changes of contacts to subscribers and webhook endpoints, in the transaction that makes the change.

Code that changes contacts calls `start_recording` after it has locked them, and `PendingChange.publish` after it has
changed them. Filters that a contact matched before a change can't be determined afterwards. So both calls evaluate each
subscribed filter, with one statement each. Without subscriptions, only the statement for webhook endpoints runs.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from models.db import database
from models.db.sql import ACCOUNT, MARK, numbered
from services.contacts import filter as contact_filter
from services.contacts.filter import ContactState
from services.subscriptions import event_log
from services.subscriptions.event_log import is_in_job as is_in_job
from services.subscriptions.registry import ActiveFilter, Topic, interest
from services.webhooks import recording as webhooks
from services.webhooks.events import Event, EventType

_MAX_LOOKED_AT = 10


class ChangeKind(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    TRASHED = "TRASHED"
    RESTORED = "RESTORED"
    PURGED = "PURGED"
    LEFT = "LEFT"
    """Sent only to subscribers whose filter the contact no longer matches."""
    BULK = "BULK"


class PendingChange:
    """A change that has begun and is not yet published."""

    def __init__(
        self,
        account_id: UUID,
        filters: Mapping[str, ActiveFilter],
        before: Mapping[UUID, set[str]] | None,
        now: datetime,
    ) -> None:
        self._account_id = account_id
        self._wanted = filters
        self._before = before  # None: too many contacts to evaluate the filters for each
        self._now = now

    async def publish(
        self,
        kind: ChangeKind,
        contact_ids: Collection[UUID],
        *,
        count: int | None = None,
        fields: Collection[str] = (),
    ) -> None:
        """Publishes the change: an event of `kind` for one contact, or a BULK event with the number of several.

        `count` is the number of changed contacts, if `contact_ids` may include unchanged ones. `fields` are the fields
        that changed, by their names in the API.
        """
        changed = len(contact_ids) if count is None else count
        if changed and not is_in_job():
            event = Event(type=EventType.CONTACTS_CHANGED_IN_BULK, count=changed)
            if len(contact_ids) == 1:
                [contact_id] = contact_ids
                names = fields if kind is ChangeKind.UPDATED else ()
                event = Event(type=EventType[f"CONTACT_{kind}"], contact_id=contact_id, changed_fields=names)
            await webhooks.record(self._account_id, [event], now=self._now)
        await self.publish_to_subscribers(kind, contact_ids, count=count)

    async def publish_to_subscribers(
        self, kind: ChangeKind, contact_ids: Collection[UUID], *, count: int | None = None
    ) -> None:
        """Publishes the change only to subscribers, because webhook endpoints get another event of it."""
        changed = len(contact_ids) if count is None else count
        if not self._wanted or not changed:
            return
        if len(contact_ids) != 1 or (self._before is None and kind is not ChangeKind.CREATED):
            await _append(self._account_id, ChangeKind.BULK, None, changed, {}, self._now)
            return
        [contact_id] = contact_ids
        after = await _matching(self._account_id, [contact_id], self._wanted, self._now)
        matched = {
            "before": sorted((self._before or {}).get(contact_id, ())),
            "after": sorted(after.get(contact_id, ())),
        }
        await _append(self._account_id, kind, contact_id, 1, matched, self._now)


def has_subscribers(account_id: UUID) -> bool:
    """Returns whether the account has subscriptions. If not, code may change contacts without `start_recording`."""
    return bool(interest().active_filters(account_id))


async def start_recording(account_id: UUID, contact_ids: Sequence[UUID], *, now: datetime) -> PendingChange:
    """Begins a change: records which filters the locked contacts match before it. Pass no ids for new contacts.

    For more than 10 contacts no filters are evaluated, because `publish` then publishes a BULK event.
    """
    filters = {} if is_in_job() else interest().active_filters(account_id)
    before: dict[UUID, set[str]] | None = {}
    if len(contact_ids) > _MAX_LOOKED_AT:
        before = None
    elif filters and contact_ids:
        before = await _matching(account_id, contact_ids, filters, now)
    return PendingChange(account_id, filters, before, now)


async def start_recording_for_phones(
    account_id: UUID, phones: Collection[str], *, now: datetime
) -> tuple[PendingChange, dict[str, UUID]]:
    """Begins a change of the live contacts with these numbers. Also returns their ids by number.

    Without subscriptions the ids are empty.
    """
    if is_in_job() or not interest().active_filters(account_id):
        return PendingChange(account_id, {}, {}, now), {}
    rows = await database.fetch(
        f"SELECT phone, id FROM contact WHERE account_id = $1 AND {database.sql_in('phone', '$2', 'text')} "
        "AND deleted_at IS NULL",
        account_id,
        list(phones),
    )
    ids = {row["phone"]: row["id"] for row in rows}
    return await start_recording(account_id, list(ids.values()), now=now), ids


_JOBS = ("IMPORT", "UPDATE", "TRASH", "RESTORE", "PURGE", "RECHECK")


async def publish_job_end(account_id: UUID, job_id: UUID, *, now: datetime) -> None:
    """Publishes one BULK event for all contacts that a job changed. Call it in the transaction that ends the job.

    Reads the subscriptions from the database, because a process that runs jobs may have no copy of them.
    """
    row = await database.fetch_one(
        "SELECT kind, done_row_count, summary, input, CASE WHEN EXISTS (SELECT 1 FROM subscription s "
        "WHERE s.account_id = $1 AND s.topic = 'CONTACT' AND s.expires_at > $3) THEN 1 ELSE 0 END AS has_subscribers "
        "FROM job WHERE job.account_id = $1 AND id = $2 AND NOT is_dry_run",
        account_id,
        job_id,
        now,
    )
    if row is None or row["kind"] not in _JOBS:
        return
    summary = row["summary"]
    count = row["done_row_count"] if summary is None else changed_by_import(summary)
    if not count:
        return
    events = [Event(type=EventType.CONTACTS_CHANGED_IN_BULK, count=count, job_id=job_id)]
    if campaign_id := row["input"].get("campaign_id"):
        campaign = UUID(campaign_id)
        events.append(Event(type=EventType.CAMPAIGN_CONTACTS_CHANGED, campaign_id=campaign, count=count, job_id=job_id))
    await webhooks.record(account_id, events, now=now)
    if row["has_subscribers"]:
        await _append(account_id, ChangeKind.BULK, None, count, {}, now)


def changed_by_import(summary: Mapping[str, int]) -> int:
    """Returns the number of contacts that an import changed.

    This is the number of created, updated and merely listed contacts, or that of opted-out numbers if it is larger.
    """
    only_listed = 0 if summary["updated"] else max(summary["added_to_list"] - summary["created"], 0)
    return max(summary["imported"] + only_listed, summary["opted_out"])


async def publish_purge(counts: Mapping[UUID, int], *, now: datetime) -> None:
    """Publishes one BULK event per account with the number of contacts that expired in its trash and were deleted.

    Reads the subscriptions from the database, because the process that purges may have no copy of them.
    """
    rows = await database.fetch(
        "SELECT DISTINCT account_id FROM subscription WHERE topic = 'CONTACT' AND expires_at > $2 "
        f"AND {database.sql_in('account_id', '$1', 'uuid')}",
        list(counts),
        now,
    )
    for row in rows:
        await _append(row["account_id"], ChangeKind.BULK, None, counts[row["account_id"]], {}, now)


async def publish_members_removed(
    table: Literal["contact_list", "campaign"], account_id: UUID, id: UUID, *, now: datetime
) -> None:
    """Publishes one BULK event for all contacts of a list or a campaign that is about to be deleted."""
    row = await database.fetch_one(
        f"SELECT contact_count FROM {table} WHERE account_id = $1 AND id = $2", account_id, id
    )
    if row is None or not row["contact_count"]:
        return
    event = Event(type=EventType.CONTACTS_CHANGED_IN_BULK, count=row["contact_count"])
    await webhooks.record(account_id, [event], now=now)
    if interest().active_filters(account_id):
        await _append(account_id, ChangeKind.BULK, None, row["contact_count"], {}, now)


async def _matching(
    account_id: UUID, contact_ids: Sequence[UUID], filters: Mapping[str, ActiveFilter], now: datetime
) -> dict[UUID, set[str]]:
    """Returns the keys of the filters that each contact matches now, by contact id."""
    keys = list(filters)
    conditions = [
        contact_filter.checked(criteria, default_state=ContactState.ANY, settings=settings, now=now)
        for criteria, settings in filters.values()
    ]
    columns = ", ".join(f"CASE WHEN {one.text} THEN 1 ELSE 0 END" for one in conditions)
    rows = await database.fetch(
        numbered(
            f"SELECT contact.id, {columns} FROM contact WHERE contact.account_id = {ACCOUNT} "
            f"AND {database.sql_in('contact.id', MARK, 'uuid')}",
            2,
        ),
        account_id,
        *(value for one in conditions for value in one.values),
        list(contact_ids),
    )
    return {row["id"]: {key for place, key in enumerate(keys, 1) if row[place]} for row in rows}


async def _append(
    account_id: UUID, kind: ChangeKind, contact_id: UUID | None, count: int, matched: Mapping[str, Any], now: datetime
) -> None:
    body = {"kind": kind.value, "contactId": contact_id and str(contact_id), "count": count, "matched": matched}
    await event_log.append(Topic.CONTACT, account_id, body, now=now)

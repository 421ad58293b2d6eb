"""Tells of changes of contacts: in the transaction that makes them, and only where somebody has subscribed to them.

Whoever changes contacts begins once they are locked, and tells when they are changed. What matched a filter before a
change can't be told afterwards, so it is looked at in between, for each filter that somebody subscribes with: one
statement before, one after. Where nobody listens, no statement is run.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from models import database, notifications
from models.sql import MARK, numbered
from services import contact_filter
from services.contact_filter import State
from services.contact_interest import Wanted, interest

CHANGED_CHANNEL = "muster_contact_changed"
"""Sent with each change: the account's id."""

_MAX_LOOKED_AT = 10
_is_in_job: ContextVar[bool] = ContextVar("_is_in_job", default=False)


class Kind(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    TRASHED = "TRASHED"
    RESTORED = "RESTORED"
    PURGED = "PURGED"
    LEFT = "LEFT"
    """Told to those alone whose filter the contact does not match any more."""
    BULK = "BULK"


class Change:
    """A change on its way."""

    def __init__(
        self, account_id: UUID, wanted: Mapping[str, Wanted], before: Mapping[UUID, set[str]] | None, now: datetime
    ) -> None:
        self._account_id = account_id
        self._wanted = wanted
        self._before = before  # None: they were too many to be looked at
        self._now = now

    async def tell(self, kind: Kind, contact_ids: Collection[UUID], *, count: int | None = None) -> None:
        """These contacts are changed: of one it is told what happened to it, of several how many there are.

        `count` is how many, where `contact_ids` may hold some that were not changed.
        """
        changed = len(contact_ids) if count is None else count
        if not self._wanted or not changed:
            return
        if len(contact_ids) != 1 or (self._before is None and kind is not Kind.CREATED):
            await _insert(self._account_id, Kind.BULK, None, changed, {}, self._now)
            return
        [contact_id] = contact_ids
        after = await _matching(self._account_id, [contact_id], self._wanted, self._now)
        matched = {
            "before": sorted((self._before or {}).get(contact_id, ())),
            "after": sorted(after.get(contact_id, ())),
        }
        await _insert(self._account_id, kind, contact_id, 1, matched, self._now)


def are_heard(account_id: UUID) -> bool:
    """Whether somebody listens; where nobody does, whoever changes a contact may do it without `begin` and `tell`."""
    return bool(interest.wanted(account_id))


async def begin(account_id: UUID, contact_ids: Sequence[UUID], *, now: datetime) -> Change:
    """Notes what these contacts, which are locked, match before they are changed; none of them for new ones."""
    wanted = {} if _is_in_job.get() else interest.wanted(account_id)
    before: dict[UUID, set[str]] | None = {}
    if len(contact_ids) > _MAX_LOOKED_AT:
        before = None
    elif wanted and contact_ids:
        before = await _matching(account_id, contact_ids, wanted, now)
    return Change(account_id, wanted, before, now)


async def begin_for_phones(
    account_id: UUID, phones: Collection[str], *, now: datetime
) -> tuple[Change, dict[str, UUID]]:
    """The same for the live contacts with these numbers; their ids by number, as far as somebody listens."""
    if _is_in_job.get() or not interest.wanted(account_id):
        return Change(account_id, {}, {}, now), {}
    rows = await database.fetch(
        f"SELECT phone, id FROM contact WHERE account_id = $1 AND {database.any_of('phone', '$2', 'text')} "
        "AND deleted_at IS NULL",
        account_id,
        list(phones),
    )
    ids = {row["phone"]: row["id"] for row in rows}
    return await begin(account_id, list(ids.values()), now=now), ids


@contextmanager
def told_by_job() -> Iterator[None]:
    """What is changed inside is part of a job, which is told of as a whole, by `tell_end_of_job`."""
    token = _is_in_job.set(True)
    try:
        yield
    finally:
        _is_in_job.reset(token)


_JOBS = ("IMPORT", "UPDATE", "TRASH", "RESTORE", "PURGE", "RECHECK")


async def tell_end_of_job(account_id: UUID, job_id: UUID, *, now: datetime) -> None:
    """One event for all contacts that a job has changed, with the transaction in which it ends.

    Whoever does jobs may be a process that keeps no copy of the subscriptions, so it is asked for them here.
    """
    row = await database.fetch_one(
        "SELECT kind, done_row_count, summary FROM job WHERE job.account_id = $1 AND id = $2 AND NOT is_dry_run "
        "AND EXISTS (SELECT 1 FROM contact_subscription s WHERE s.account_id = $1 AND s.expires_at > $3)",
        account_id,
        job_id,
        now,
    )
    if row is None or row["kind"] not in _JOBS:
        return
    summary = row["summary"]
    if count := row["done_row_count"] if summary is None else _changed_by_import(summary):
        await _insert(account_id, Kind.BULK, None, count, {}, now)


def _changed_by_import(summary: Mapping[str, int]) -> int:
    """How many contacts: new and updated ones, those only put on the list, or those whose numbers were opted out."""
    only_listed = 0 if summary["updated"] else max(summary["added_to_list"] - summary["created"], 0)
    return max(summary["imported"] + only_listed, summary["opted_out"])


async def tell_of_purge(counts: Mapping[UUID, int], *, now: datetime) -> None:
    """One event for each account: so many of its contacts are gone from the trash by themselves.

    As with jobs, the process that purges may keep no copy of the subscriptions.
    """
    rows = await database.fetch(
        "SELECT DISTINCT account_id FROM contact_subscription WHERE expires_at > $2 "
        f"AND {database.any_of('account_id', '$1', 'uuid')}",
        list(counts),
        now,
    )
    for row in rows:
        await _insert(row["account_id"], Kind.BULK, None, counts[row["account_id"]], {}, now)


async def tell_of_members(
    table: Literal["contact_list", "campaign"], account_id: UUID, id: UUID, *, now: datetime
) -> None:
    """One event for all contacts of a list or of a campaign that is about to be deleted."""
    if not interest.wanted(account_id):
        return
    row = await database.fetch_one(
        f"SELECT contact_count FROM {table} WHERE account_id = $1 AND id = $2", account_id, id
    )
    if row is not None and row["contact_count"]:
        await _insert(account_id, Kind.BULK, None, row["contact_count"], {}, now)


async def _matching(
    account_id: UUID, contact_ids: Sequence[UUID], wanted: Mapping[str, Wanted], now: datetime
) -> dict[UUID, set[str]]:
    """Which of the filters each contact matches now."""
    keys = list(wanted)
    conditions = [
        contact_filter.where(criteria, default_state=State.ANY, settings=settings, now=now)
        for criteria, settings in wanted.values()
    ]
    columns = ", ".join(f"CASE WHEN {one.text} THEN 1 ELSE 0 END" for one in conditions)
    rows = await database.fetch(
        numbered(
            f"SELECT contact.id, {columns} FROM contact WHERE contact.account_id = {MARK} "
            f"AND {database.any_of('contact.id', MARK, 'uuid')}"
        ),
        *(value for one in conditions for value in one.values),
        account_id,
        list(contact_ids),
    )
    return {row["id"]: {key for place, key in enumerate(keys, 1) if row[place]} for row in rows}


async def _insert(
    account_id: UUID, kind: Kind, contact_id: UUID | None, count: int, matched: Mapping[str, Any], now: datetime
) -> None:
    await database.execute(
        "INSERT INTO contact_change (account_id, id, kind, contact_id, contact_count, matched, occurred_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        account_id,
        database.uuid7(),  # of the clock on the wall: by it readers know what is new to them
        kind.value,
        contact_id,
        count,
        dict(matched),
        now,
    )
    await notifications.notify(CHANGED_CHANNEL, str(account_id))

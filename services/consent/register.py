"""The register of opted-out numbers, and the history of its changes.

The register is keyed by number and independent of contacts, so that an opt-out survives trash, purge and re-creation.
Only an opt-in lifts an opt-out.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.audit_actions import AuditAction
from models.db import database
from services import planner_statistics
from services.audit import recording as audit
from services.changes import recording as changes
from services.consent.keywords import ConsentChange
from services.events import actor, recording as events
from services.subscriptions import change_log as contact_change_log
from services.webhooks import recording as webhooks
from services.webhooks.events import Event, EventType

MAX_REASON = 1_000


class OptOutSource(StrEnum):
    API = "API"
    KEYWORD = "KEYWORD"
    IMPORT = "IMPORT"
    PURGE = "PURGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The origin of a change of the register: source, reason, user, token and time."""

    source: OptOutSource
    reason: str | None
    user_id: UUID | None
    token_id: UUID | None
    at: datetime


@database.transactional
async def opt_out(*, account_id: UUID, phones: Collection[str], cause: Cause) -> list[str]:
    """Opts numbers out, and returns those that were not opted out before. Idempotent: the first date remains."""
    pending, ids = await contact_change_log.start_recording_for_phones(account_id, phones, now=cause.at)
    rows = await database.fetch(
        "INSERT INTO opt_out (account_id, phone, is_opted_out, source, reason, changed_at, changed_by_id) "
        "SELECT r.account_id, r.phone, TRUE, $3, $4, $5, $6 "
        f"FROM {database.rows_to_insert('$2', 'r', {'phone': 'text'})} WHERE TRUE "
        "ORDER BY r.phone ON CONFLICT (account_id, phone) DO UPDATE SET is_opted_out = TRUE, "
        "source = excluded.source, reason = excluded.reason, changed_at = excluded.changed_at, "
        "changed_by_id = excluded.changed_by_id WHERE NOT opt_out.is_opted_out RETURNING phone",
        account_id,
        [{"phone": phone} for phone in set(phones)],
        cause.source.value,
        cause.reason,
        cause.at,
        cause.user_id,
    )
    await changes.note_opt_outs(account_id, [row["phone"] for row in rows])
    planner_statistics.accounts().note_inserted("opt_out", account_id, len(rows))
    await pending.publish_to_subscribers(
        contact_change_log.ChangeKind.UPDATED, [ids[row["phone"]] for row in rows if row["phone"] in ids]
    )
    return await record_history(account_id, [ConsentChange(row["phone"], True, cause.at) for row in rows], cause)


@database.transactional
async def opt_in(*, account_id: UUID, phones: Collection[str], cause: Cause) -> list[str]:
    """Opts numbers in, and returns those that were opted out before."""
    pending, ids = await contact_change_log.start_recording_for_phones(account_id, phones, now=cause.at)
    rows = await database.fetch(
        "UPDATE opt_out SET is_opted_out = FALSE, source = $3, reason = $4, changed_at = $5, changed_by_id = $6 "
        f"WHERE account_id = $1 AND {database.sql_in('phone', '$2', 'text')} AND is_opted_out RETURNING phone",
        account_id,
        sorted(set(phones)),
        cause.source.value,
        cause.reason,
        cause.at,
        cause.user_id,
    )
    await changes.note_opt_outs(account_id, [row["phone"] for row in rows])
    await pending.publish_to_subscribers(
        contact_change_log.ChangeKind.UPDATED, [ids[row["phone"]] for row in rows if row["phone"] in ids]
    )
    return await record_history(account_id, [ConsentChange(row["phone"], False, cause.at) for row in rows], cause)


async def opted_out(account_id: UUID, phones: Collection[str]) -> set[str]:
    """Returns those of the numbers that are opted out."""
    if not phones:
        return set()
    rows = await database.fetch(
        f"SELECT phone FROM opt_out WHERE account_id = $1 AND {database.sql_in('phone', '$2', 'text')} "
        "AND is_opted_out",
        account_id,
        list(phones),
    )
    return {row["phone"] for row in rows}


async def consent_at(account_id: UUID, phone: str, instant: datetime) -> dict[str, Any]:
    """Returns the columns of a number's entry as they were at an instant; none if the register had no entry."""
    row = await database.fetch_one(
        "SELECT is_opted_out, source, reason, occurred_at, user_id FROM consent_event "
        "WHERE account_id = $1 AND phone = $2 AND occurred_at <= $3 ORDER BY occurred_at DESC, id DESC LIMIT 1",
        account_id,
        phone,
        instant,
    )
    if row is None:
        return {}
    shown = {name: row[name] for name in ("is_opted_out", "source", "reason")}
    return shown | {"changed_at": row["occurred_at"], "changed_by_id": row["user_id"]}


async def record_history(account_id: UUID, changes: Sequence[ConsentChange], cause: Cause) -> list[str]:
    """Writes a history row and an event for each change. Returns the numbers.

    Records the changes of an API request in the audit log. Other sources are part of a change that is recorded.
    """
    if changes:
        await events.record_many(account_id=account_id, happened=_events(changes, cause), now=cause.at)
        if not contact_change_log.is_in_job():
            await webhooks.record(account_id, map(_webhook_event, changes), now=cause.at)
        if cause.source is OptOutSource.API:
            action, verb = (AuditAction.OPT_OUT, "out") if changes[0].is_opted_out else (AuditAction.OPT_IN, "in")
            audit.record(account_id, action, f"Opted numbers {verb}.", count=len(changes), now=cause.at)
        columns = {"id": "uuid", "phone": "text", "is_opted_out": "boolean", "at": "timestamptz"}
        await database.execute(
            "INSERT INTO consent_event "
            "(account_id, id, phone, is_opted_out, source, reason, user_id, token_id, job_id, occurred_at) "
            "SELECT r.account_id, r.id, r.phone, r.is_opted_out, $3, $4, $5, $6, $7, r.at "
            f"FROM {database.rows_to_insert('$2', 'r', columns)}",
            account_id,
            [
                {
                    "id": database.uuid7(cause.at),
                    "phone": change.phone,
                    "is_opted_out": change.is_opted_out,
                    "at": change.at,
                }
                for change in changes
            ],
            cause.source.value,
            cause.reason,
            cause.user_id,
            cause.token_id,
            actor.current().job_id,
        )
    return [change.phone for change in changes]


def _events(changes: Sequence[ConsentChange], cause: Cause) -> Iterable[tuple[events.EventKind, events.Payload]]:
    by = {"source": cause.source.value, "reason": cause.reason, "userId": cause.user_id}
    for change in changes:
        kind = events.EventKind.OPTED_OUT if change.is_opted_out else events.EventKind.OPTED_IN
        yield kind, {"phone": change.phone, "changedAt": change.at, **by}


def _webhook_event(change: ConsentChange) -> Event:
    type_ = EventType.CONTACT_OPTED_OUT if change.is_opted_out else EventType.CONTACT_OPTED_IN
    return Event(type=type_, phone=change.phone)

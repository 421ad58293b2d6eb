"""Records what was changed and by whom, in the transaction of the change.

A mutation that wrote something records one row, and so does a job that ended. A row has ids, counts, and the names of
fields and conditions. It never has values, so that a purge of a person has nothing to erase in it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from models.audit_actions import AuditAction
from models.db import database
from services.events import actor
from services.events.actor import Actor
from services.ids import IdPrefix, encode
from services.subscriptions.change_log import is_in_job


def record(
    account_id: UUID,
    action: AuditAction,
    summary: str,
    *,
    now: datetime,
    subject: tuple[IdPrefix, UUID] | str | None = None,
    count: int = 1,
    job_id: UUID | None = None,
    by: Actor | None = None,
) -> None:
    """Records a change when the running transaction commits. Does nothing in a job, whose end has one row for all.

    `subject` is the one object that the change is about, as a prefix with an id or as a client's id. `count` is the
    number of changed objects. `summary` must not contain a client's values. `by` made the change, or by default the
    actor of the running task. Raises RuntimeError outside transactions.
    """
    if not is_in_job():
        row = _row(action, summary, now=now, subject=subject, count=count, job_id=job_id, by=by)
        database.insert_at_commit("audit_event", {"account_id": account_id, **row})


def insertion(*, of: str, action: AuditAction, values: Mapping[str, str]) -> str:
    """Returns a statement that records a change of one object in the account $1 for each row of the table `of`.

    `values` has the SQL of the other columns: id, subject, summary, user_id, token_id, request_id, ip_address and
    occurred_at.
    """
    return (
        f"INSERT INTO audit_event (account_id, action, count, {', '.join(values)}) "
        f"SELECT $1, '{action}', 1, {', '.join(values.values())} FROM {of}"
    )


def changed(fields: Iterable[str]) -> str:
    """Returns the summary of a change of some fields, by their names in the API."""
    return f"Changed {', '.join(sorted(fields)) or 'no field'}."


def _row(
    action: AuditAction,
    summary: str,
    *,
    now: datetime,
    subject: tuple[IdPrefix, UUID] | str | None = None,
    count: int = 1,
    job_id: UUID | None = None,
    by: Actor | None = None,
) -> dict[str, Any]:
    """Returns the values of `_COLUMNS`, in their order."""
    who = actor.current() if by is None else by
    return {
        "id": database.uuid7(now),
        "action": action.value,
        "subject": encode(*subject) if isinstance(subject, tuple) else subject,
        "count": count,
        "summary": summary,
        "user_id": who.user_id,
        "token_id": who.token_id,
        "job_id": job_id,
        "request_id": who.request_id,
        "ip_address": who.address,
        "occurred_at": now,
    }

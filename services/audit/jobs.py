"""Records the ends of jobs in the audit log."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from models.audit_actions import AuditAction
from models.db import database
from services.audit.recording import record
from services.events import actor
from services.events.actor import Actor
from services.ids import IdPrefix
from services.subscriptions.change_log import changed_by_import

_ACTIONS: Final = {"RECHECK": AuditAction.CHANGE_PREFIX}
"""The actions of jobs that an earlier version began, by kind, where they differ from the kind."""


async def record_end(
    account_id: UUID, job_id: UUID, status: str, *, is_cancelling: bool = False, now: datetime
) -> None:
    """Records the end of a job with its counts. Call it in the transaction that ends the job.

    The row has the action, the subject and the actor of the request that created the job. With `is_cancelling`, the row
    is also that of the request that cancels the job: its action is CANCEL_JOB, and its subject is the job.
    """
    row = await database.fetch_one(
        "SELECT job.kind, job.is_dry_run, job.done_row_count, job.summary, job.created_by_id, begun.action, "
        "begun.subject, begun.user_id, begun.token_id, begun.request_id, begun.ip_address FROM job "
        "LEFT JOIN audit_event begun ON begun.account_id = $1 AND begun.id = (SELECT e.id FROM audit_event e "
        "WHERE e.account_id = $1 AND e.job_id = $2 ORDER BY e.id LIMIT 1) WHERE job.account_id = $1 AND job.id = $2",
        account_id,
        job_id,
    )
    if row is None:
        return
    subject: Any = row["subject"]
    if is_cancelling:
        action, subject, by = AuditAction.CANCEL_JOB, (IdPrefix.JOB, job_id), actor.current()
    elif row["action"] is None:
        action, by = _ACTIONS.get(row["kind"]) or AuditAction(row["kind"]), Actor(row["created_by_id"])
    else:
        action = AuditAction(row["action"])
        by = Actor(row["user_id"], row["token_id"], row["request_id"], row["ip_address"])
    counts = sorted((name, number) for name, number in (row["summary"] or {}).items() if number)
    counted = ", ".join(
        f"{name.replace('_', ' ')} {number}" for name, number in [("rows", row["done_row_count"]), *counts]
    )
    count = row["done_row_count"] if row["summary"] is None else changed_by_import(row["summary"])
    record(
        account_id,
        action,
        f"{'The dry run' if row['is_dry_run'] else 'The job'} is {status}: {counted}.",
        subject=subject,
        count=0 if row["is_dry_run"] else count,
        job_id=job_id,
        by=by,
        now=now,
    )

"""Deletes in the background what is left of purged contacts: in jobs, files, reviews, stored answers and payloads.

None of these has an index by number, so everything of the account from before the purge loses its personal data. A job
that still runs needs its data, so it follows when it has ended. If a purge has too many messages for its transaction,
the rest of them follows, too. On SQLite, the write-ahead log is truncated.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from models.db import database
from services import purge_log
from services.imports.warnings import Warnings
from services.jobs import files as job_files
from services.jobs.files import FileRole
from services.messages import table as message_table
from services.purge_log import Purge
from services.refusal import Code
from services.requests import idempotency
from services.webhooks import queue as webhook_queue

AGAIN_AFTER: Final = timedelta(seconds=10)
_LOOKED_AT_FOR: Final = timedelta(minutes=1)
"""Requests that began before a purge may write a job, a review or an answer after it, but not later than this."""
_JOBS_AT_ONCE: Final = 100
_REVIEWS_AT_ONCE: Final = 100  # each review has dozens of parts
_ROWS_AT_ONCE: Final = 5_000
_DELETED: Final = "The details were deleted when contacts were purged."
_EMAIL_MESSAGE: Final = "This is not an e-mail address."


async def erase(*, now: datetime) -> int:
    """Deletes the traces of all accounts that are due, and returns the number of accounts.

    Safe for concurrent processes, and safe to repeat.
    """
    count = 0
    while (purge := await purge_log.claim(now=now)) is not None:
        is_done = await _erase(purge) and now - purge.purged_at >= _LOOKED_AT_FOR
        await purge_log.release(purge, erase_at=None if is_done else now + AGAIN_AFTER)
        if not await _truncate_log():
            await purge_log.release(purge, erase_at=now + AGAIN_AFTER)
        count += 1
    return count


async def _erase(purge: Purge) -> bool:
    """Returns whether no job from before the purge is unfinished."""
    account_id = purge.account_id
    await message_table.erase_rest(account_id)
    await _delete_reviews(purge)
    await idempotency.empty_answers(account_id, before=purge.purged_at)
    await webhook_queue.erase_broad(account_id, before=purge.purged_at)
    of_before = "FROM job WHERE account_id = $1 AND purge_number < $2"
    ended = f"SELECT id, error, warnings {of_before} AND finished_at IS NOT NULL LIMIT {_JOBS_AT_ONCE}"
    while rows := await database.fetch(ended, account_id, purge.number):
        for row in rows:
            await _empty_job(account_id, row["id"], row["error"], Warnings.from_json(row["warnings"]))
    return await database.fetch_one(f"SELECT id {of_before} LIMIT 1", account_id, purge.number) is None


async def _delete_reviews(purge: Purge) -> None:
    some = f"SELECT id FROM campaign_review WHERE account_id = $1 AND purge_number < $2 LIMIT {_REVIEWS_AT_ONCE}"
    sql = f"DELETE FROM campaign_review WHERE account_id = $1 AND id IN ({some})"
    while await database.execute(sql, purge.account_id, purge.number) == _REVIEWS_AT_ONCE:
        pass


async def _empty_job(account_id: UUID, job_id: UUID, error: dict[str, Any] | None, warnings: Warnings) -> None:
    """Deletes the files, the input, the columns and the names of an ended job, and the texts of its errors.

    These are its row errors and its warnings.

    Its counts remain. An interruption is harmless, because only the last statement marks the job as empty.
    """
    await database.execute("UPDATE job SET output_key = NULL WHERE account_id = $1 AND id = $2", account_id, job_id)
    for role in FileRole:
        await job_files.remove(account_id=account_id, job_id=job_id, role=role)
    await _empty_row_errors(account_id, job_id)
    await database.execute(
        "UPDATE job SET input = $3, columns = $4, error = $5, warnings = $6, sheets = $4, sheet = NULL, "
        "file_name = NULL, output_name = NULL, purge_number = NULL WHERE account_id = $1 AND id = $2",
        account_id,
        job_id,
        {},
        [],
        error and {**error, "message": _DELETED},
        _without_texts(warnings).to_json(),
    )


def _without_texts(warnings: Warnings) -> Warnings:
    return Warnings(replace(each, column=None, value=None, message=_DELETED) for each in warnings)


async def _empty_row_errors(account_id: UUID, job_id: UUID) -> None:
    line = 0
    while True:
        rows = await database.fetch(
            "SELECT line FROM job_row_error WHERE account_id = $1 AND job_id = $2 AND line > $3 "
            f"ORDER BY line LIMIT {_ROWS_AT_ONCE}",
            account_id,
            job_id,
            line,
        )
        if not rows:
            return
        first, line = line, rows[-1]["line"]
        await database.execute(
            'UPDATE job_row_error SET "column" = NULL, value = NULL, suggestion = NULL, '
            "message = CASE WHEN code = $5 THEN $6 ELSE message END "
            "WHERE account_id = $1 AND job_id = $2 AND line > $3 AND line <= $4",
            account_id,
            job_id,
            first,
            line,
            Code.INVALID_EMAIL.value,
            _EMAIL_MESSAGE,
        )


async def _truncate_log() -> bool:
    """Truncates SQLite's write-ahead log, which has deleted rows. Returns whether no reader prevented it."""
    if database.is_postgres():
        return True
    [row] = await database.fetch("PRAGMA wal_checkpoint(TRUNCATE)", is_repeatable=False)
    return not row[0]

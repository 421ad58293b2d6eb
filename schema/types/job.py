"""Background jobs, their progress and the errors of their rows."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any
from uuid import UUID

import strawberry

from schema.context import Context
from schema.errors import ErrorCode, InputError, UserError
from schema.execution import column, computed, relation
from schema.ids import IdPrefix, encode, encode_many
from schema.pagination import After, Connection, First
from schema.permissions import CanReadContacts
from schema.types.contact_list import ContactList
from schema.types.job_warning import JobWarning, warnings_of
from schema.types.node import Node
from schema.types.user import User
from services.jobs import files as job_files


@strawberry.enum(description="Type of work that a job does.")
class JobKind(Enum):
    IMPORT = strawberry.enum_value("IMPORT", description="Imports a file of contacts.")
    EXPORT = strawberry.enum_value("EXPORT", description="Exports contacts to a file.")
    UPDATE = strawberry.enum_value(
        "UPDATE", description="Changes many contacts: owners, assignees, tags, lists or campaigns."
    )
    TRASH = strawberry.enum_value("TRASH", description="Moves many contacts to the trash.")
    RESTORE = strawberry.enum_value("RESTORE", description="Restores many contacts from the trash.")
    PURGE = strawberry.enum_value("PURGE", description="Deletes many contacts permanently.")
    RECHECK = strawberry.enum_value("RECHECK", description="Checks the networks of the account's phone numbers again.")


@strawberry.enum(description="State of a job. COMPLETED, FAILED and CANCELLED are final.")
class JobStatus(Enum):
    QUEUED = strawberry.enum_value(
        "QUEUED", description="The job is waiting for a worker, or for its next attempt after a temporary failure."
    )
    RUNNING = strawberry.enum_value("RUNNING", description="A worker is processing the job.")
    COMPLETED = strawberry.enum_value("COMPLETED", description="The job finished all its work.")
    FAILED = strawberry.enum_value("FAILED", description="The job failed as a whole; its error says why.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="A user stopped the job. Work done until then is kept.")


@strawberry.type(
    description=(
        "Counts of an import's rows. total = imported + skipped; imported = valid + invalid = created + updated. "
        "skipped includes existing contacts left unchanged and rejected rows."
    )
)
class ImportSummary:
    total: int = strawberry.field(description="Number of all rows: imported + skipped.")
    imported: int = strawberry.field(description="Number of rows that created or changed a contact.")
    valid: int = strawberry.field(description="Number of imported rows whose contact has the status VALID.")
    invalid: int = strawberry.field(description="Number of imported rows whose contact has the status INVALID.")
    skipped: int = strawberry.field(description="Number of rows that created and changed nothing.")
    rejected: int = strawberry.field(description="Number of skipped rows that the server could not accept.")
    created: int = strawberry.field(description="Number of contacts that rows created.")
    updated: int = strawberry.field(description="Number of existing contacts that a row changed.")
    opted_out: int = strawberry.field(description="Number of phone numbers that the rows opted out.")
    added_to_list: int = strawberry.field(description="Number of contacts added to the list.")


@strawberry.type(description="A column of an imported file and the field that it maps to.")
class ImportColumn:
    header: str = strawberry.field(description="Header of the column as in the file.")
    field: str | None = strawberry.field(
        description="Contact field, or custom:<label>; null if the import ignores the column."
    )
    sample: list[str] = strawberry.field(description="First cells of the column.")


@strawberry.type(description="A sheet of an XLSX workbook.")
class Sheet:
    name: str = strawberry.field(description="Name of the sheet as in the workbook.")
    is_hidden: bool = strawberry.field(description="True if the workbook hides the sheet.")


@strawberry.type(description="A problem with one row of an import.")
class RowError:
    line: int = column(description="Number of the record in the file, from 1 and including the header.")
    code: ErrorCode = column(description="Machine-readable reason for the error.")
    value: str | None = column(
        description="The cell as in the file; null if there is none, and after a purge of contacts."
    )
    message: str = column(description="Explanation for people, in English.")
    suggestion: str | None = column(description="Value that was most likely meant; null if there is no likely one.")
    is_rejected: bool = column(
        description="True if the row was not imported. False if it was stored despite the problem."
    )
    row_number: int | None = column(
        description="Number of the row as people see it in the file or sheet; null if it equals line."
    )
    # Must be last: its name shadows the function `column` for the rest of the class.
    column: str | None = column(description="Header of the column; null if the problem concerns the whole row.")


RowErrorConnection = Connection[RowError]


def _progress(row_count: int | None, done: int) -> float | None:
    if row_count is None:
        return None
    return min(done / row_count, 1.0) if row_count else 1.0


def _rows_per_second(
    context: Context,
    done: int,
    started_at: datetime | None,
    taken_up_at: datetime | None,
    taken_up_row_count: int,
    ended_at: datetime | None,
) -> float | None:
    since = taken_up_at or started_at
    if since is None:
        return None
    seconds = ((ended_at or context.now) - since).total_seconds()
    return (done - taken_up_row_count) / seconds if seconds > 0 else None


def _seconds_left(
    context: Context,
    row_count: int | None,
    done: int,
    started_at: datetime | None,
    taken_up_at: datetime | None,
    taken_up_row_count: int,
    ended_at: datetime | None,
) -> float | None:
    speed = _rows_per_second(context, done, started_at, taken_up_at, taken_up_row_count, ended_at)
    if ended_at is not None or row_count is None or not speed:
        return None
    return max(row_count - done, 0) / speed


def _summary(stored: dict[str, Any] | None) -> ImportSummary | None:
    return None if stored is None else ImportSummary(**stored)


def _columns(stored: list[dict[str, Any]]) -> list[ImportColumn]:
    return [ImportColumn(**one) for one in stored]


def _sheets(stored: list[list[Any]]) -> list[Sheet]:
    return [Sheet(name=name, is_hidden=is_hidden) for name, is_hidden in stored]


def _error(stored: dict[str, Any] | None) -> UserError | None:
    if stored is None:
        return None
    return InputError(code=ErrorCode(stored["code"]), message=stored["message"], path=stored["path"])


def _download_url(
    context: Context,
    job_id: UUID,
    created_by_id: UUID | None,
    key: str | None,
    size: int | None,
    ended_at: datetime | None,
) -> str | None:
    """Returns a signed link, for callers who may have the file.

    A file without a size is created on download, once the job has ended.
    """
    caller = context.caller
    if not caller.may_manage and (created_by_id is None or created_by_id != caller.user_id):
        return None
    if key is None or (size is None and ended_at is None):
        return None
    expires = int((context.now + job_files.LINK_LASTS).timestamp())
    return f"{download_link(context, job_id)}&{job_files.signed_query(key, job_id, expires)}"


def download_link(context: Context, job_id: UUID) -> str:
    """Returns the address of a job's file without a signature."""
    account = encode(IdPrefix.ACCOUNT, context.account_id)
    return f"{context.base_url}/exports/{encode(IdPrefix.JOB, job_id)}?account={account}"


@strawberry.type(
    description=(
        "Background work that may take longer than a request. After a server restart it continues from its last batch. "
        "A finished job is deleted after 30 days, unless the server's operator has set another number."
    )
)
class Job(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.JOB), description="Opaque ID of the job; starts with job_."
    )
    kind: JobKind = column(description="Type of work, such as IMPORT.")
    status: JobStatus = column(description="State of the job, from QUEUED to COMPLETED.")
    row_count: int | None = column(description="Number of all rows; null until the server has counted them.")
    done_row_count: int = column(description="Number of rows processed until now.")
    progress: float | None = computed(
        "row_count",
        "done_row_count",
        resolve=_progress,
        description="Progress from 0 to 1; null while rowCount is null.",
    )
    rows_per_second: float | None = computed(
        "done_row_count",
        "started_at",
        "taken_up_at",
        "taken_up_row_count",
        "finished_at",
        resolve=_rows_per_second,
        takes_context=True,
        description="Average speed since a worker last started or resumed the job; null before that.",
    )
    seconds_left: float | None = computed(
        "row_count",
        "done_row_count",
        "started_at",
        "taken_up_at",
        "taken_up_row_count",
        "finished_at",
        resolve=_seconds_left,
        takes_context=True,
        description=(
            "Estimated remaining time in seconds at the current speed; null if there is no estimate or the job has "
            "ended."
        ),
    )
    summary: ImportSummary | None = computed(
        "summary", resolve=_summary, description="Counts of an import's rows; null for other jobs."
    )
    is_dry_run: bool = column(description="True if the job is a dry run and writes nothing.")
    columns: list[ImportColumn] = computed(
        "columns",
        resolve=_columns,
        description="An import's columns with their fields and first cells; empty for other jobs.",
    )
    warnings: list[JobWarning] = computed(
        "warnings",
        resolve=warnings_of,
        description=(
            "Warnings of an import about its file, apart from errors of rows; at most 500, sorted. A dry run has "
            "the same warnings."
        ),
    )
    encoding: str | None = column(
        description="Character encoding of an imported file, as detected or given; null for XLSX files and other jobs."
    )
    delimiter: str | None = column(
        description="Delimiter of an imported file, as detected or given; null for XLSX files and other jobs."
    )
    header_line: int | None = column(
        description="Line of an imported file's headers, from 1; null for a file without headers and for other jobs."
    )
    sheet: str | None = column(
        description="Sheet that the import reads; null for files other than XLSX, and after a purge of contacts."
    )
    sheets: list[Sheet] = computed(
        "sheets", resolve=_sheets, description="Sheets of an imported XLSX file, in order; empty for other files."
    )
    error: UserError | None = computed(
        "error", resolve=_error, description="Reason why the job failed as a whole; null if it did not."
    )

    @relation(
        "row_errors_by_job",
        description="Rows with a problem, in file order. Some were stored despite it: see isRejected.",
    )
    def row_errors(first: First = strawberry.UNSET, after: After = strawberry.UNSET) -> RowErrorConnection: ...

    download_url: str | None = computed(
        "id",
        "created_by_id",
        "output_key",
        "output_size",
        "finished_at",
        resolve=_download_url,
        takes_context=True,
        description=(
            "Link to the file of an export, or to an import's skipped rows as CSV. The link needs no token and "
            "expires after an hour; query the field again for a new one. The server keeps the file for a week. Null if "
            "there is no file, and for an AGENT whose user did not start the job."
        ),
    )
    file_name: str | None = column(
        description="Name of the file; null for a job without a file, and after a purge of contacts."
    )
    contact_list: ContactList | None = relation(
        "contact_lists_by_id",
        key="contact_list_id",
        permission_classes=[CanReadContacts],
        description="List that the job is about; null if there is none.",
    )
    created_by: User | None = relation(
        "users_by_id",
        key="created_by_id",
        permission_classes=[CanReadContacts],
        description="User who started the job; null if no user did.",
    )
    created_at: datetime = column(description="When the job was requested.")
    started_at: datetime | None = column(description="When a worker started the job; null while it is queued.")
    finished_at: datetime | None = column(description="When the job ended; null while it has not.")


JobConnection = Connection[Job]

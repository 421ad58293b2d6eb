"""Work that may outlast a request."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any
from uuid import UUID

import strawberry

from schema.context import Context
from schema.errors import ErrorCode, InputError, UserError
from schema.execution import column, computed, relation
from schema.ids import Prefix, encode, encode_many
from schema.pagination import After, Connection, First
from schema.types.contact_list import ContactList
from schema.types.node import Node
from schema.types.user import User
from services import job_files


@strawberry.enum(description="What a job does.")
class JobKind(Enum):
    IMPORT = strawberry.enum_value("IMPORT", description="Takes a file of contacts in.")
    EXPORT = strawberry.enum_value("EXPORT", description="Writes contacts to a file.")
    UPDATE = strawberry.enum_value(
        "UPDATE", description="Changes many contacts: owners, assignees, tags, lists or campaigns."
    )
    TRASH = strawberry.enum_value("TRASH", description="Puts many contacts into the trash.")
    RESTORE = strawberry.enum_value("RESTORE", description="Takes many contacts out of the trash.")
    PURGE = strawberry.enum_value("PURGE", description="Deletes many contacts for good.")
    RECHECK = strawberry.enum_value("RECHECK", description="Checks the account's numbers again.")


@strawberry.enum(description="How far a job is.")
class JobStatus(Enum):
    QUEUED = strawberry.enum_value(
        "QUEUED", description="Waits for a worker, or for the next attempt after a temporary failure."
    )
    RUNNING = strawberry.enum_value("RUNNING", description="Is being done.")
    COMPLETED = strawberry.enum_value("COMPLETED", description="Is done.")
    FAILED = strawberry.enum_value("FAILED", description="Ended as a whole: see error.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="Was stopped; what was done by then stays done.")


@strawberry.type(
    description=(
        "total = imported + skipped; imported = valid + invalid = created + updated. skipped counts rows whose contact "
        "was there already and rows that could not be taken (rejected)."
    )
)
class ImportSummary:
    total: int = strawberry.field(description="The rows given.")
    imported: int = strawberry.field(description="Rows that made or changed a contact.")
    valid: int = strawberry.field(description="Of those imported, with the status VALID.")
    invalid: int = strawberry.field(description="Of those imported, with the status INVALID.")
    skipped: int = strawberry.field(description="Rows that made and changed nothing.")
    rejected: int = strawberry.field(description="Of those skipped, rows that could not be taken.")
    created: int = strawberry.field(description="New contacts.")
    updated: int = strawberry.field(description="Contacts that were there and took a row over.")
    opted_out: int = strawberry.field(description="Numbers that the rows opted out.")
    added_to_list: int = strawberry.field(description="Contacts that came onto the list.")


@strawberry.type(description="A column of an imported file, and what it was taken for.")
class ImportColumn:
    header: str = strawberry.field(description="Its header, as it stands in the file.")
    field: str | None = strawberry.field(
        description="A contact field, custom:<label>, or null where the column was left out."
    )
    sample: list[str] = strawberry.field(description="Its first cells.")


@strawberry.type(description="Something that is wrong with a row.")
class RowError:
    line: int = column(description="The row's place; counts records from 1, the header included.")
    code: ErrorCode = column(description="What is wrong.")
    value: str | None = column(description="The cell as it is in the file.")
    message: str = column(description="A sentence for a person.")
    suggestion: str | None = column(description="What was likely meant, where that can be told.")
    is_rejected: bool = column(description="False: stored all the same, and marked.")
    # Last: the name would shadow the function that makes the others.
    column: str | None = column(description="The header of the column, where it is one column's.")


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


def _summary(kept: dict[str, Any] | None) -> ImportSummary | None:
    return None if kept is None else ImportSummary(**kept)


def _columns(kept: list[dict[str, Any]]) -> list[ImportColumn]:
    return [ImportColumn(**one) for one in kept]


def _error(kept: dict[str, Any] | None) -> UserError | None:
    if kept is None:
        return None
    return InputError(code=ErrorCode(kept["code"]), message=kept["message"], path=kept["path"])


def _download_url(
    context: Context, job_id: UUID, key: str | None, size: int | None, ended_at: datetime | None
) -> str | None:
    """What is not made yet is made when it is wanted, once the job has ended."""
    if key is None or (size is None and ended_at is None):
        return None
    expires = int((context.now + job_files.LINK_LASTS).timestamp())
    return f"{download_link(context, job_id)}&{job_files.signed(key, job_id, expires)}"


def download_link(context: Context, job_id: UUID) -> str:
    """Where a job's file is found, not yet signed."""
    account = encode(Prefix.ACCOUNT, context.account_id)
    return f"{context.base_url}/exports/{encode(Prefix.JOB, job_id)}?account={account}"


@strawberry.type(
    description=(
        "Work that may outlast a request. It goes on where it stopped after a restart. A finished job is deleted after "
        "30 days, unless the server's operator has set another number."
    )
)
class Job(Node):
    id: strawberry.ID = column(convert_many=partial(encode_many, Prefix.JOB), description="Names the job.")
    kind: JobKind = column(description="What it does.")
    status: JobStatus = column(description="How far it is.")
    row_count: int | None = column(description="Rows in all; null until known.")
    done_row_count: int = column(description="Rows done.")
    progress: float | None = computed(
        "row_count", "done_row_count", resolve=_progress, description="0 to 1; null while rowCount is."
    )
    rows_per_second: float | None = computed(
        "done_row_count",
        "started_at",
        "taken_up_at",
        "taken_up_row_count",
        "finished_at",
        resolve=_rows_per_second,
        takes_context=True,
        description="Its speed since a worker last took it up; null before it has one.",
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
        description="How long it will take at that speed; null where that can't be told, or it has ended.",
    )
    summary: ImportSummary | None = computed("summary", resolve=_summary, description="An import's rows, counted.")
    is_dry_run: bool = column(description="Whether it writes nothing.")
    columns: list[ImportColumn] = computed(
        "columns",
        resolve=_columns,
        description="An import's columns, what each was taken for, and the first cells of each.",
    )
    error: UserError | None = computed("error", resolve=_error, description="Why it failed as a whole.")

    @relation("row_errors_by_job", description="The rows that were not taken as given, in file order, with the reason.")
    def row_errors(first: First = strawberry.UNSET, after: After = strawberry.UNSET) -> RowErrorConnection: ...

    download_url: str | None = computed(
        "id",
        "output_key",
        "output_size",
        "finished_at",
        resolve=_download_url,
        takes_context=True,
        description=(
            "For an export, or an import's rejected rows as CSV: a link that needs no token and works for an hour. Ask "
            "again for a new one; the file is kept for a week. Null where there is no file."
        ),
    )
    file_name: str | None = column(description="What the file is called.")
    contact_list: ContactList | None = relation(
        "contact_lists_by_id", key="contact_list_id", description="The list that it is about."
    )
    created_by: User | None = relation("users_by_id", key="created_by_id", description="Who asked for it.")
    created_at: datetime = column(description="When it was asked for.")
    started_at: datetime | None = column(description="When a worker took it up.")
    finished_at: datetime | None = column(description="When it ended.")


JobConnection = Connection[Job]

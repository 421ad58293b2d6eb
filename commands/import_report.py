"""Prints the result of an import: first its warnings, then its columns, the errors of rows and the counts."""

from typing import Final
from uuid import UUID

from rich.table import Table
from rich.text import Text

from commands import watching
from commands.running import console, fail
from models import Job, JobRowError
from services.imports.warnings import JobWarning, Warnings

_SHOWN_ERRORS: Final = 20


async def show(account_id: UUID, job_id: UUID) -> None:
    """Prints the result of the job. Fails the command if the job failed."""
    job = await watching.job_of(account_id, job_id)
    for warning in Warnings.from_json(job.warnings):
        _print(_worded(warning))
    if job.columns and (job.is_dry_run or job.error is not None):
        _show_columns(job)
    if job.error is not None:
        fail(job.error["message"])
    await _show_errors(account_id, job_id)
    console.print("Nothing was written: this was a dry run." if job.is_dry_run else "Done.")
    for name, count in (job.summary or {}).items():
        print(f"{name.replace('_', ' ')}\t{count}")


def _worded(warning: JobWarning) -> str:
    column = f"{warning.column}: " if warning.column else ""
    rows = "" if warning.line is None else f" ({_number(warning.count)}, from line {warning.line})"
    value = f" First: {warning.value!r}." if warning.value else ""
    return f"warning: {column}{warning.code}: {warning.message}{value}{rows}"


def _number(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _show_columns(job: Job) -> None:
    """Prints the columns with their fields and first cells, so that the user can map the others with --map."""
    table = Table("#", "Column", "Field", "First cells", box=None, pad_edge=False)
    for number, column in enumerate(job.columns, 1):
        cells = (str(number), column["header"], column["field"] or "-", ", ".join(column["sample"]))
        table.add_row(*map(Text, cells))  # as Text, so that brackets are no markup
    console.print(table)


async def _show_errors(account_id: UUID, job_id: UUID) -> None:
    errors = (
        await JobRowError.filter(account_id=account_id, job_id=job_id)
        .order_by("line", "position")
        .limit(_SHOWN_ERRORS + 1)
    )
    for error in errors[:_SHOWN_ERRORS]:
        meant = f" Did you mean {error.suggestion}?" if error.suggestion else ""
        where = f", {error.column}" if error.column else ""
        _print(f"line {error.row_number or error.line}{where}: {error.code}: {error.message}{meant}")
    if len(errors) > _SHOWN_ERRORS:
        _print("There are more errors: query the job's rowErrors for all of them.")


def _print(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)

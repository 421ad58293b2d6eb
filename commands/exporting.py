"""`python -m muster export`: exports contacts to a file like the server, with progress on the terminal."""

from pathlib import Path
from typing import Annotated

import typer

from commands import watching
from commands.running import AccountOption, account_of, console, decoded, fail, now, run
from models.db import database
from schema.ids import IdPrefix
from services.contacts.filter import Criteria
from services.exports import job as export_job
from services.exports.job import Export
from services.exports.writers import ExportFormat
from services.jobs import files as job_files
from services.jobs.files import FileRole


def export_file(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The file to write; ends in .csv, .xlsx or .json.")],
    account: AccountOption,
    list_id: Annotated[str | None, typer.Option("--list", help="The list whose members are exported: lst_…")] = None,
    search: Annotated[
        str | None, typer.Option(help="Export only contacts with this text in their names or numbers.")
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="Columns of the file, with commas between: phone,first_name,custom:Age.")
    ] = None,
    bom: Annotated[
        bool, typer.Option(help="Begin CSV with a byte order mark, by which Excel recognizes UTF-8.")
    ] = True,
) -> None:
    """Export contacts to a file. An existing file is replaced once the new one is complete."""
    wanted_list = None if list_id is None else decoded(IdPrefix.CONTACT_LIST, list_id)
    ending = file.suffix.lstrip(".").upper()
    if ending not in list(ExportFormat):
        fail(f"{file.name!r} must end in .csv, .xlsx or .json", status=2)
    unfinished = file.with_name(f"{file.name}.part")
    try:
        unfinished.touch()  # fails before the work if the file can't be written
    except OSError as error:
        fail(f"{str(file)!r} can't be written: {error.strerror}")

    async def write_out() -> None:
        account_id = await account_of(account)
        job_id = database.uuid7(now())
        export = Export(
            list_id=wanted_list,
            criteria=Criteria(search=search),
            format=ExportFormat(ending),
            columns=None if columns is None else [name.strip() for name in columns.split(",")],
            has_mark=bom,
            email=None,
            link="",
        )
        await export_job.start(account_id=account_id, job_id=job_id, export=export, user_id=None, now=now())
        await watching.watch_job(account_id, job_id, console, "Exporting", clock=now)
        job = await watching.job_of(account_id, job_id)
        if job.error is not None:
            fail(job.error["message"])
        await job_files.copy_to(unfinished, account_id=account_id, job_id=job_id, role=FileRole.OUTPUT)
        unfinished.replace(file)
        console.print(f"contacts exported: {job.done_row_count}")

    try:
        run(write_out)
    finally:
        unfinished.unlink(missing_ok=True)

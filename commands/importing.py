"""`python -m muster import`: imports a file of contacts like the server, with progress on the terminal."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from commands import watching
from commands.running import AccountOption, account_of, console, decoded, fail, now, run, user_of
from models import JobRowError
from schema.ids import IdPrefix
from services.accounts.settings import load_account_settings
from services.contacts.saving import IfExists
from services.imports import enqueue as import_enqueue
from services.imports.columns import MappingEntry
from services.imports.decoding import LookOptions

_SHOWN_ERRORS = 20


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV or XLSX file.")],
    account: AccountOption,
    list_id: Annotated[
        str | None, typer.Option("--list", help="The list to which new contacts are added: lst_…")
    ] = None,
    add_existing: Annotated[
        bool, typer.Option("--add-existing-to-list", help="With --list: add existing contacts as well.")
    ] = False,
    region: Annotated[
        str | None, typer.Option(help="The country of numbers without a country code; default: the account's.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="The sheet of an XLSX file; only for XLSX; default: the first sheet.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="HEADER=FIELD, such as Age=custom:Age or Fax=ignore; can be repeated."),
    ] = None,
    if_exists: Annotated[
        IfExists, typer.Option(case_sensitive=False, help="What to do with a row whose number an existing contact has.")
    ] = IfExists.SKIP,
    tag: Annotated[list[str] | None, typer.Option(help="A tag for every contact of the file; can be repeated.")] = None,
    user: Annotated[str | None, typer.Option(help="The e-mail address of the new contacts' owner.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count the rows, and write nothing.")] = False,
) -> None:
    """Import a file of contacts. Ctrl-C stops it; rows already imported are kept."""
    entries = [_entry(text) for text in mapping or ()]
    wanted_list = None if list_id is None else decoded(IdPrefix.CONTACT_LIST, list_id)
    if add_existing and wanted_list is None:
        fail("--add-existing-to-list needs --list", status=2)

    async def take_in() -> None:
        account_id = await account_of(account)
        job_id = await import_enqueue.start(
            file,
            file_name=file.name,
            settings=await load_account_settings(account_id),
            user_id=None if user is None else await user_of(account_id, user),
            list_id=wanted_list,
            mapping=entries,
            look=LookOptions(sheet=sheet),
            region=region,
            if_exists=if_exists,
            is_existing_added_to_list=add_existing,
            tags=tag or (),
            is_dry_run=dry_run,
            now=now(),
        )
        await watching.watch_job(account_id, job_id, console, "Importing", clock=now)
        await _tell(account_id, job_id)

    run(take_in)


def _entry(text: str) -> MappingEntry:
    header, equals, field = text.rpartition("=")
    if not equals:
        fail(f"{text!r} is not HEADER=FIELD", status=2)
    return MappingEntry(header, None, field)


async def _tell(account_id: UUID, job_id: UUID) -> None:
    """Prints the result of the job. Fails the command if the job failed."""
    job = await watching.job_of(account_id, job_id)
    if job.error is not None:
        fail(job.error["message"])
    errors = (
        await JobRowError.filter(account_id=account_id, job_id=job_id)
        .order_by("line", "position")
        .limit(_SHOWN_ERRORS + 1)
    )
    for error in errors[:_SHOWN_ERRORS]:
        meant = f" Did you mean {error.suggestion}?" if error.suggestion else ""
        where = f", {error.column}" if error.column else ""
        line = f"line {error.line}{where}: {error.code}: {error.message}{meant}"
        console.print(line, markup=False, soft_wrap=True)
    if len(errors) > _SHOWN_ERRORS:
        console.print("There are more errors: query the job's rowErrors for all of them.")
    console.print("Nothing was written: this was a dry run." if job.is_dry_run else "Done.")
    for name, count in (job.summary or {}).items():
        print(f"{name.replace('_', ' ')}\t{count}")

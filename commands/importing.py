"""`python -m muster import`: imports a file of contacts like the server, with progress on the terminal."""

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from commands import import_report, watching
from commands.running import AccountOption, account_of, console, decoded, fail, now, run, user_of
from schema.ids import IdPrefix
from services.accounts.settings import load_account_settings
from services.contacts.saving import IfExists
from services.imports import enqueue as import_enqueue
from services.imports.columns import MappingEntry
from services.imports.decoding import LookOptions
from services.imports.options import ImportMatch

_POSITION: Final = re.compile(r"#(\d+)")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV or XLSX file.")]
ListId = Annotated[str | None, typer.Option("--list", help="The list to which the contacts are added: lst_…")]
AddExisting = Annotated[
    bool | None,
    typer.Option(
        "--add-existing-to-list/--no-add-existing",
        help="With --list: whether existing contacts are added as well; they are by default.",
        show_default=False,
    ),
]
Region = Annotated[
    str | None, typer.Option(help="The country of numbers without a country code; default: the account's.")
]
Sheet = Annotated[str | None, typer.Option(help="The sheet of an XLSX file; only for XLSX; default: the first sheet.")]
Encoding = Annotated[str | None, typer.Option(help="The encoding, such as windows-1251; default: detected.")]
Delimiter = Annotated[str | None, typer.Option(help="The character between cells; default: detected.")]
HeaderLine = Annotated[int | None, typer.Option(help="The line with the headers, from 1; default: detected.")]
NoHeader = Annotated[bool, typer.Option("--no-header", help="The file has no headers. Map columns by position.")]
Mapping = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        help="HEADER=FIELD or, by position, #3=FIELD, such as Age=custom:Age or Fax=ignore; can be repeated.",
    ),
]
Exists = Annotated[
    IfExists, typer.Option(case_sensitive=False, help="What to do with a row whose number an existing contact has.")
]
MatchOn = Annotated[
    ImportMatch, typer.Option(case_sensitive=False, help="The field that decides whether a row is a known contact.")
]
CreateLists = Annotated[bool, typer.Option("--create-lists", help="Create lists that a column names.")]
OptOutsOnly = Annotated[bool, typer.Option("--opt-outs-only", help="Opt out every number, and make no contacts.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="A tag for every contact of the file; can be repeated.")]
User = Annotated[str | None, typer.Option(help="The e-mail address of the new contacts' owner.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count the rows, show the columns, and write nothing.")]


def import_file(
    file: File,
    account: AccountOption,
    list_id: ListId = None,
    add_existing: AddExisting = None,
    region: Region = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    header_line: HeaderLine = None,
    no_header: NoHeader = False,
    mapping: Mapping = None,
    if_exists: Exists = IfExists.SKIP,
    match_on: MatchOn = ImportMatch.PHONE,
    create_lists: CreateLists = False,
    opt_outs_only: OptOutsOnly = False,
    tags: Tags = None,
    user: User = None,
    dry_run: DryRun = False,
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
            look=LookOptions(sheet, encoding, delimiter, header_line, False if no_header else None),
            region=region,
            if_exists=if_exists,
            is_existing_added_to_list=wanted_list is not None and add_existing is not False,
            tags=tags or (),
            match_on=match_on,
            is_creating_lists=create_lists,
            is_opt_outs_only=opt_outs_only,
            is_dry_run=dry_run,
            now=now(),
        )
        await watching.watch_job(account_id, job_id, console, "Importing", clock=now)
        await import_report.show(account_id, job_id)

    run(take_in)


def _entry(text: str) -> MappingEntry:
    header, equals, field = text.rpartition("=")
    if not equals:
        fail(f"{text!r} is not HEADER=FIELD", status=2)
    position = _POSITION.fullmatch(header)
    return MappingEntry(None, int(position[1]), field) if position else MappingEntry(header, None, field)

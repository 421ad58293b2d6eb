"""Stores an uploaded file and creates the import job for it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from models import ContactList
from models.db import database
from services.accounts.settings import AccountSettings
from services.audit import recording as audit
from services.audit.recording import AuditAction
from services.contacts import normalization
from services.contacts.fields import MAX_TAGS
from services.contacts.saving import IfExists
from services.ids import IdPrefix
from services.imports.columns import MappingEntry, field_problem, is_of_one_column, stored_field
from services.imports.decoding import DETECT, LookOptions
from services.imports.dialects import as_delimiter, is_delimiter
from services.imports.encodings.guess import codec_of
from services.imports.options import TASK, ImportMatch, ImportOptions, options_to_input
from services.imports.record_splitting import MAX_COLUMNS
from services.input.phone_input import no_region
from services.jobs import files as job_files, queue as jobs
from services.jobs.files import FileRole
from services.jobs.queue import JobKind
from services.phones.numbers import is_region
from services.refusal import Code, Refusal, Refused, refuse

MAX_SHEET_NAME: Final = 100
MAX_HEADER_LINE: Final = 1_000


async def start(
    file: Path,
    *,
    file_name: str | None,
    settings: AccountSettings,
    user_id: UUID | None,
    list_id: UUID | None = None,
    mapping: Sequence[MappingEntry] = (),
    look: LookOptions = DETECT,
    region: str | None = None,
    if_exists: IfExists = IfExists.SKIP,
    is_existing_added_to_list: bool = False,
    tags: Sequence[str] = (),
    match_on: ImportMatch = ImportMatch.PHONE,
    is_creating_lists: bool = False,
    is_opt_outs_only: bool = False,
    is_dry_run: bool = False,
    now: datetime,
) -> UUID:
    """Creates an import job and returns its id. The job itself finds errors in the file.

    Raises Refused if the list does not exist, or if a column, field, region or tag is invalid, or
    if a file of opt-outs has a list or tags.
    """
    kept_tags = _checked(mapping, look, region, tags)
    if is_opt_outs_only and (list_id is not None or kept_tags):
        message = "An import with optOutsOnly makes no contacts. Leave out the list and the tags."
        raise refuse(Code.INVALID, message, "optOutsOnly")
    look = replace(look, delimiter=look.delimiter and as_delimiter(look.delimiter))
    if list_id is not None and not await _has_list(settings.account_id, list_id):
        raise refuse(Code.NOT_FOUND, "There is no such list.", "listId")
    options = ImportOptions(
        region=region or settings.default_region,
        phone_policy=settings.phone_policy,
        mapping=mapping,
        look=look,
        if_exists=if_exists,
        is_existing_added_to_list=is_existing_added_to_list,
        tags=kept_tags,
        match_on=match_on,
        is_creating_lists=is_creating_lists,
        is_opt_outs_only=is_opt_outs_only,
        digits_only=settings.digits_only_numbers,
    )
    job_id = database.uuid7(now)
    with file.open("rb") as opened:
        await job_files.keep(account_id=settings.account_id, job_id=job_id, role=FileRole.INPUT, file=opened)
    await _create(
        account_id=settings.account_id,
        kind=JobKind.IMPORT,
        task=TASK,
        input=options_to_input(options),
        now=now,
        job_id=job_id,
        is_dry_run=is_dry_run,
        file_name=file_name,
        contact_list_id=list_id,
        created_by_id=user_id,
    )
    return job_id


@database.transactional
async def _create(*, account_id: UUID, job_id: UUID, contact_list_id: UUID | None, now: datetime, **job: Any) -> None:
    await jobs.create(account_id=account_id, job_id=job_id, contact_list_id=contact_list_id, now=now, **job)
    subject = None if contact_list_id is None else (IdPrefix.CONTACT_LIST, contact_list_id)
    summary = "Began a dry run of an import." if job["is_dry_run"] else "Began an import."
    audit.record(account_id, AuditAction.IMPORT, summary, subject=subject, count=0, job_id=job_id, now=now)


def _checked(
    mapping: Sequence[MappingEntry], look: LookOptions, region: str | None, tags: Sequence[str]
) -> tuple[str, ...]:
    """Returns the normalized tags. Raises Refused."""
    refusals = []
    if len(mapping) > MAX_COLUMNS:
        refusals.append(
            Refusal(
                Code.TOO_MANY,
                f"The mapping has {len(mapping)} entries; at most {MAX_COLUMNS} are allowed.",
                ("mapping",),
            )
        )
    refusals += _wrong_in(mapping[:MAX_COLUMNS])
    refusals += _wrong_in_look(look)
    if region is not None and not is_region(region):
        refusals.append(Refusal(Code.INVALID, no_region(region), ("region",)))
    kept, wrong = normalization.tags(tags)
    refusals += [refusal.under("tags") for refusal in wrong]
    if len(kept) > MAX_TAGS:
        refusals.append(
            Refusal(
                Code.TOO_MANY, f"The import has {len(kept)} tags; a contact can have at most {MAX_TAGS}.", ("tags",)
            )
        )
    if refusals:
        raise Refused(*refusals)
    return tuple(sorted(kept))


def _wrong_in_look(look: LookOptions) -> Iterator[Refusal]:
    if look.sheet is not None and len(look.sheet) > MAX_SHEET_NAME:
        message = f"The name of the sheet has {len(look.sheet)} characters; at most {MAX_SHEET_NAME} are allowed."
        yield Refusal(Code.TOO_LONG, message, ("sheet",))
    if look.encoding is not None and codec_of(look.encoding) is None:
        message = f"{look.encoding[:50]!r} is not an encoding. Use a name such as windows-1251, or omit encoding."
        yield Refusal(Code.INVALID, message, ("encoding",))
    if look.delimiter is not None and not is_delimiter(look.delimiter):
        message = "A delimiter is one character, and no letter, digit, quote or line end."
        yield Refusal(Code.INVALID, message, ("delimiter",))
    if look.header_line is not None and not 1 <= look.header_line <= MAX_HEADER_LINE:
        message = f"headerLine is {look.header_line}; it must be a line from 1 to {MAX_HEADER_LINE:,}."
        yield Refusal(Code.INVALID, message, ("headerLine",))
    if look.header_line is not None and look.has_header is False:
        yield Refusal(
            Code.INVALID, "A file without headers has no line with headers. Omit headerLine.", ("headerLine",)
        )


def _wrong_in(mapping: Sequence[MappingEntry]) -> Iterator[Refusal]:
    """Yields the errors of the mapping. If two entries contradict each other, the error refers to the later one."""
    headers: set[str] = set()
    columns: set[int | None] = set()
    fields: set[str] = set()
    for place, (header, column, given) in enumerate(mapping):
        at = ("mapping", str(place))
        if (header is None) == (column is None):
            yield Refusal(Code.INVALID, "A mapping must have either a header or a column.", at)
        if header is not None and header.strip() in headers:
            yield Refusal(Code.INVALID, "The mapping names this header twice. Map it once.", (*at, "header"))
        if header is not None:
            headers.add(header.strip())
        if column is not None and not 1 <= column <= MAX_COLUMNS:
            message = f"The column is {column}; it must be a position from 1 to {MAX_COLUMNS:,}."
            yield Refusal(Code.INVALID, message, (*at, "column"))
        elif column is not None and column in columns:
            yield Refusal(Code.INVALID, "The mapping names this column twice. Map it once.", (*at, "column"))
        columns.add(column)
        field = stored_field(given)
        if problem := field_problem(field):
            yield Refusal(Code.INVALID, problem, (*at, "field"))
        elif field in fields and is_of_one_column(field):
            message = (
                f"The mapping already has a header for {field[:100]}; only one is allowed. Map this header to ignore."
            )
            yield Refusal(Code.INVALID, message, (*at, "field"))
        fields.add(field)


async def _has_list(account_id: UUID, list_id: UUID) -> bool:
    return await ContactList.exists(account_id=account_id, id=list_id)

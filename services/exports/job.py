"""Creates export jobs and runs them on a worker."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from models import ContactList
from models.db import database
from services import mail, planner_statistics, purge_log
from services.accounts.settings import load_account_settings
from services.audit import recording as audit
from services.audit.recording import AuditAction
from services.contacts import filter as contact_filter, filter_json
from services.contacts.filter import ContactState, Criteria
from services.exports.columns import has_labels, json_layout, sheet_layout, wrong_columns
from services.exports.rows import ExportRequest
from services.exports.writers import MEDIA_TYPES, ExportFormat, writer
from services.ids import IdPrefix
from services.input.field_readers import Field, email_address, read_fields
from services.jobs import files as job_files, leases_sql as leases, queue as jobs, temp_directory
from services.jobs.files import FileRole, Output
from services.jobs.worker import Work
from services.refusal import Code, Refused, refuse

TASK = "export"

_ATTEMPTS = 3

_TELL_EVERY = timedelta(seconds=0.25)
_MAILED_LINK_LASTS = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Defines which contacts to export, the file format and columns, and an optional email recipient.

    `columns` are None for the format's own. `has_mark`: CSV begins with a byte order mark.

    The contacts are all of the account, those of a list, those that match the criteria, or those that do both.
    """

    list_id: UUID | None
    criteria: Criteria
    format: ExportFormat
    email: str | None
    columns: Sequence[str] | None = None
    has_mark: bool = True
    link: str
    """Unsigned URL of the file, for an email that cannot attach it."""


@database.transactional
async def start(*, account_id: UUID, job_id: UUID, export: Export, user_id: UUID | None, now: datetime) -> None:
    """Creates the export job. Raises Refused: NOT_FOUND, INVALID, INVALID_EMAIL, MAIL_NOT_CONFIGURED."""
    email = None
    if export.columns is not None and (wrong := [each.under("columns") for each in wrong_columns(export.columns)]):
        raise Refused(*wrong)
    if export.email is not None:
        email = read_fields({"email": export.email}, {"email": Field("email", email_address)})["email"]
        mail.require("email")
    name = "contacts"
    if export.list_id is not None:
        name = await _list_name(account_id, export.list_id)
    await jobs.create(
        account_id=account_id,
        job_id=job_id,
        kind=jobs.JobKind.EXPORT,
        task=TASK,
        input={
            "criteria": filter_json.to_json(export.criteria),
            "format": export.format.value,
            "columns": None if export.columns is None else list(export.columns),
            "has_mark": export.has_mark,
            "email": email,
            "link": export.link,
        },
        file_name=f"{name}-{now:%Y-%m-%d}.{export.format.lower()}",
        contact_list_id=export.list_id,
        created_by_id=user_id,
        now=now,
    )
    conditions = ", ".join(contact_filter.condition_names(export.criteria)) or "no conditions"
    sent = "" if email is None else " Sends the file by e-mail."
    subject = None if export.list_id is None else (IdPrefix.CONTACT_LIST, export.list_id)
    summary = f"Began an export by filter ({conditions}).{sent}"
    audit.record(account_id, AuditAction.EXPORT, summary, subject=subject, count=0, job_id=job_id, now=now)


async def _list_name(account_id: UUID, list_id: UUID) -> str:
    row = await ContactList.get_or_none(account_id=account_id, id=list_id)
    if row is None:
        raise refuse(Code.NOT_FOUND, "There is no such list.", "listId")
    return row.name.replace("/", "-")


async def export(work: Work) -> None:
    """Writes the file and emails it if a recipient is set.

    A retry after a worker crash starts the file from the beginning, and so does a purge of contacts, which the file may
    already contain. Raises Refused if the account purges contacts during each attempt.
    """
    for _ in range(_ATTEMPTS):
        if work.checkpoint.get("is_kept") or await _make(work):
            break
    else:
        raise refuse(Code.WRONG_STATE, "Contacts were purged while the export was running. Start it again.")
    if work.input["email"] is not None:
        await _send(work)


async def _make(work: Work) -> bool:
    """Writes the file. Returns false if contacts were purged in the meantime."""
    purge_number = await purge_log.number(work.account_id)
    settings = await load_account_settings(work.account_id)
    criteria = filter_json.from_json(work.input["criteria"])
    where = contact_filter.where(criteria, default_state=ContactState.ACTIVE, settings=settings, now=work.created_at)
    format, names = ExportFormat(work.input["format"]), work.input.get("columns")
    request = ExportRequest(work.account_id, work.contact_list_id, where)
    await _check_list(work)
    await planner_statistics.accounts().ensure_fresh(work.account_id, now=work.now())
    total = await request.count()
    if format is ExportFormat.JSON:
        layout = json_layout(names)
    else:
        layout = sheet_layout(names, await request.labels() if has_labels(names) else ())
    request = replace(request, has_lists=layout.has_lists)
    has_mark = work.input.get("has_mark", True)
    await _write_progress(work, row_count=total, done_row_count=0, taken_up_row_count=0, purge_number=purge_number)
    async with temp_directory.directory() as directory:
        path = directory / "export"
        target = await asyncio.to_thread(writer, format, path, layout, row_count=total, has_mark=has_mark)
        done, told_at = 0, work.now()
        try:
            async for page in request.pages():
                await asyncio.to_thread(target.write, page)
                done += len(page)
                if work.now() - told_at >= _TELL_EVERY:
                    await _write_progress(work, row_count=max(total, done), done_row_count=done)
                    told_at = work.now()
        finally:
            await asyncio.to_thread(target.close)
        await _check_list(work)
        await _write_progress(work, row_count=done, done_row_count=done)
        assert work.file_name is not None
        await job_files.keep_output(work, path, name=work.file_name, media_type=MEDIA_TYPES[format])
    if await purge_log.number(work.account_id) != purge_number:
        return False
    await work.step(partial(_kept, work))
    return True


async def _kept(work: Work) -> Mapping[str, Any]:
    """Also deletes the filter, which may contain personal data."""
    kept = {name: work.input[name] for name in ("email", "link")}
    return {"checkpoint": {"is_kept": True}, "input": kept}


async def _check_list(work: Work) -> None:
    """Raises Refused if the list was deleted.

    Deleting a list also deletes its members, so the rows read so far may be incomplete.
    """
    list_id = work.contact_list_id
    if list_id is not None and not await ContactList.exists(account_id=work.account_id, id=list_id):
        raise refuse(Code.NOT_FOUND, "The list was deleted while the export was running.", "input", "listId")


async def _write_progress(work: Work, **values: Any) -> None:
    """Writes the export's progress to the job. The next attempt starts the file from the beginning."""

    async def write() -> Mapping[str, Any]:
        return values

    await work.step(write, is_progress=False)


async def _send(work: Work) -> None:
    """Emails the file as an attachment, or a link to it if it is too large."""
    output = await job_files.output(account_id=work.account_id, job_id=work.job_id)
    if output is None or output.size is None:
        return
    is_attached = output.size <= mail.MAX_ATTACHMENT_BYTES
    content = b""
    if is_attached:
        pieces = job_files.read(account_id=work.account_id, job_id=work.job_id, role=FileRole.OUTPUT)
        content = b"".join([piece async for piece in pieces])
    await leases.hold(work.lease)
    try:
        await mail.send(
            mail.Email(
                to=work.input["email"],
                subject=f"{output.name}: {work.done_row_count} contacts",
                text=_text(work, None if is_attached else _link(work, output)),
                attachment=mail.Attachment(output.name, output.media_type, content) if is_attached else None,
                reference=str(work.job_id),
            )
        )
    except mail.NotSent as error:
        raise Refused(error.refusal) from error


def _link(work: Work, output: Output) -> str:
    expires = int((work.now() + _MAILED_LINK_LASTS).timestamp())
    return f"{work.input['link']}&{job_files.signed_query(output.key, work.job_id, expires)}"


def _text(work: Work, link: str | None) -> str:
    count = f"{work.done_row_count} contacts"
    if link is None:
        return f"The file that you requested is attached. It contains {count}.\n"
    return (
        f"The file that you requested contains {count}. It is too large for an email. "
        f"Download it within 24 hours:\n{link}\n"
    )

"""Mutations that export contacts to a file, or send a file of the client by e-mail."""

from typing import Annotated

import strawberry

from models.db import database
from resolvers.decoding import decode_filter_of_export, decode_id, or_none
from resolvers.jobs.root_fields import check_wait, wait_for
from schema.context import Info
from schema.errors import to_user_errors
from schema.execution import selection
from schema.ids import IdPrefix
from schema.inputs.export import EmailExportInput, ExportContactsInput
from schema.payloads.export import EmailExportPayload, ExportContactsPayload
from schema.types.job import download_link
from services.exports import emailed_file, job as export_job
from services.exports.job import Export
from services.exports.writers import ExportFormat
from services.refusal import Code, Refused, refuse

ExportInput = Annotated[
    ExportContactsInput, strawberry.argument(description="Contacts to export, and the file format.")
]
EmailInput = Annotated[EmailExportInput, strawberry.argument(description="File to send, and the recipient.")]


async def export_contacts(info: Info, input: ExportInput) -> ExportContactsPayload:
    context = info.context
    job_id = database.uuid7(context.now)
    try:
        _require_manager(info)
        check_wait(input.wait_seconds)
        if input.list_id is None:
            raise refuse(Code.REQUIRED, "A null is no list. Omit the field to export all contacts.", "listId")
        list_id = or_none(input.list_id)
        await export_job.start(
            account_id=context.account_id,
            job_id=job_id,
            export=Export(
                list_id=None if list_id is None else decode_id(IdPrefix.CONTACT_LIST, list_id, "listId"),
                criteria=decode_filter_of_export(input.filter, "filter"),
                format=ExportFormat(input.format.name),
                email=or_none(input.email),
                columns=or_none(input.columns),
                has_mark=input.bom,
                link=download_link(context, job_id),
            ),
            user_id=context.caller.user_id,
            now=context.now,
        )
    except Refused as refused:
        return ExportContactsPayload(job=None, errors=to_user_errors(refused.refusals, "input"))
    job = await wait_for(context, selection(info).under("job"), job_id, input.wait_seconds)
    return ExportContactsPayload(job=job, errors=[])


async def email_export(info: Info, input: EmailInput) -> EmailExportPayload:
    try:
        _require_manager(info)
        await emailed_file.send(
            account_id=info.context.account_id,
            email=input.email,
            file_name=input.filename,
            base64_content=input.file_base64,
            media_type=input.mime_type,
            count=input.count,
            now=info.context.now,
        )
    except Refused as refused:
        return EmailExportPayload(is_sent=False, errors=to_user_errors(refused.refusals, "input"))
    return EmailExportPayload(is_sent=True, errors=[])


def _require_manager(info: Info) -> None:
    """Raises Refused if the caller is no manager. Only managers may take all contacts out of the system."""
    if not info.context.caller.may_manage:
        raise refuse(Code.FORBIDDEN, "This requires the role MANAGER or ADMIN.")

"""The mutation that imports contacts from a file."""

from typing import Annotated

import strawberry

from resolvers.decoding import decode_id, or_none
from resolvers.jobs.root_fields import check_wait, wait_for
from schema.context import Info
from schema.errors import to_user_errors
from schema.execution import selection
from schema.ids import IdPrefix
from schema.inputs.contact_import import ImportContactsInput
from schema.payloads.contact_import import ImportContactsPayload
from services.contacts.saving import IfExists
from services.imports import enqueue as import_enqueue
from services.imports.columns import MappingEntry
from services.imports.decoding import LookOptions
from services.imports.options import ImportMatch
from services.refusal import Refused

Import = Annotated[ImportContactsInput, strawberry.argument(description="File to import, and the options.")]


async def import_contacts(info: Info, input: Import) -> ImportContactsPayload:
    context = info.context
    try:
        check_wait(input.wait_seconds)
        list_id = or_none(input.list_id)
        job_id = await import_enqueue.start(
            input.file.path,
            file_name=input.file.file_name or None,
            settings=context.caller.settings,
            user_id=context.caller.user_id,
            list_id=None if list_id is None else decode_id(IdPrefix.CONTACT_LIST, str(list_id), "listId"),
            mapping=[
                MappingEntry(or_none(one.header), or_none(one.column), one.field)
                for one in or_none(input.mapping) or ()
            ],
            look=LookOptions(
                sheet=or_none(input.sheet),
                encoding=or_none(input.encoding),
                delimiter=or_none(input.delimiter),
                header_line=or_none(input.header_line),
                has_header=or_none(input.has_header),
            ),
            region=or_none(input.region),
            if_exists=IfExists(input.if_exists.name),
            is_existing_added_to_list=input.add_existing_to_list,
            tags=or_none(input.tags) or (),
            match_on=ImportMatch(input.match_on.name),
            is_creating_lists=input.create_lists,
            is_opt_outs_only=input.opt_outs_only,
            is_dry_run=input.dry_run,
            now=context.now,
        )
    except Refused as refused:
        return ImportContactsPayload(job=None, errors=to_user_errors(refused.refusals, "input"))
    selected = selection(info).under("job")
    return ImportContactsPayload(job=await wait_for(context, selected, job_id, input.wait_seconds), errors=[])

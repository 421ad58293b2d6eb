"""Mutations that change one contact, or many contacts in one call."""

from typing import Annotated, Any, cast

import strawberry
from strawberry import UNSET, Some

from resolvers.contacts.bulk_jobs import run_or_enqueue
from resolvers.contacts.queries import decode_contact_key
from resolvers.contacts.saving import MAX_LINKS, selected_contact, user_errors
from resolvers.contacts.selection import changed_lists, conflicts_of, contact_ids, decode_selection
from resolvers.decoding import decode_id, decode_ids, or_none
from schema.context import Info
from schema.execution import selection
from schema.ids import IdPrefix
from schema.inputs.contact import UpdateContactInput
from schema.inputs.contact_changes import (
    AssignContactsInput,
    PurgeContactsInput,
    RestoreContactsInput,
    TagContactsInput,
    TrashContactsInput,
)
from schema.payloads.contact import (
    AssignContactsPayload,
    PurgeContactsPayload,
    RestoreContactsPayload,
    TagContactsPayload,
    TrashContactsPayload,
    UpdateContactPayload,
)
from services.consent.register import Cause, OptOutSource
from services.contacts import (
    assignment,
    bulk_changes,
    single,
    tagging,
    trash,
)
from services.contacts.fields import DETAILS
from services.contacts.updating import ContactUpdate
from services.input.omitted import OMITTED
from services.refusal import Code, Refused, refuse

MAX_LISTS_OF_CONTACT = 1000

Update = Annotated[UpdateContactInput, strawberry.argument(description="Contact to change, and the new values.")]
Assign = Annotated[AssignContactsInput, strawberry.argument(description="Contacts, and the new owner and assignees.")]
TagInput = Annotated[TagContactsInput, strawberry.argument(description="Contacts, and the tags to add and remove.")]
Trash = Annotated[TrashContactsInput, strawberry.argument(description="Contacts to move to the trash.")]
Restore = Annotated[RestoreContactsInput, strawberry.argument(description="Contacts to restore from the trash.")]
Purge = Annotated[PurgeContactsInput, strawberry.argument(description="Contacts to delete permanently, and options.")]


def _change(input: UpdateContactInput) -> ContactUpdate:
    """Decodes the set fields of the input. Raises Refused."""
    details = {name: some.value for name in DETAILS if isinstance(some := getattr(input, name), Some)}
    return ContactUpdate(
        phone=_value(input.phone),
        region=input.region.value if isinstance(input.region, Some) else None,
        expected_version=input.expected_version.value if isinstance(input.expected_version, Some) else None,
        details=details,
        list_ids=_ids(input.list_ids, IdPrefix.CONTACT_LIST, "listIds", MAX_LISTS_OF_CONTACT),
        owner_id=_owner(input.owner_id),
        assignee_ids=_ids(input.assignee_ids, IdPrefix.USER, "assigneeIds", MAX_LINKS),
        assigned_to_email=_value(input.assigned_to_email),
    )


def _value(given_or_not: Any) -> Any:
    return given_or_not.value if isinstance(given_or_not, Some) else OMITTED


def _owner(given_or_not: Any) -> Any:
    value = _value(given_or_not)
    return decode_id(IdPrefix.USER, value, "ownerId") if isinstance(value, str) else value


def _ids(given_or_not: Any, prefix: IdPrefix, name: str, most: int) -> Any:
    value = _value(given_or_not)
    if value is OMITTED or value is None:
        return value
    if len(value) > most:
        raise refuse(Code.TOO_MANY, f"The list has {len(value)} IDs; at most {most} are allowed.", name)
    return decode_ids(prefix, value, name)


async def update_contact(info: Info, input: Update) -> UpdateContactPayload:
    context, asked = info.context, selection(info)
    try:
        contact = await single.update(
            key=decode_contact_key(context, input.contact, "contact"),
            change=_change(input),
            settings=context.caller.settings,
            user_id=context.caller.user_id,
            selected=selected_contact(asked),
            now=context.now,
        )
    except Refused as refused:
        errors = await user_errors(info, asked.under("errors"), refused.refusals, "input")
        return UpdateContactPayload(contact=None, errors=errors)
    return UpdateContactPayload(contact=cast(Any, contact), errors=[])


async def assign_contacts(info: Info, input: Assign) -> AssignContactsPayload:
    context, selected = info.context, selection(info)
    try:
        if input.override_protection and not context.caller.may_manage:
            raise refuse(Code.FORBIDDEN, "This requires the role MANAGER or ADMIN.", "overrideProtection")
        chosen = decode_selection(info, input.contacts)
        owner_id = OMITTED if input.owner_id is UNSET else _owner(Some(input.owner_id))
        added = _users(input.add_assignee_ids, "addAssigneeIds")
        removed = _users(input.remove_assignee_ids, "removeAssigneeIds")
        changed, job = await run_or_enqueue(
            info,
            chosen,
            assignment.assign(
                chosen=chosen,
                user_id=context.caller.user_id,
                owner_id=owner_id,
                add_assignee_ids=added,
                remove_assignee_ids=removed,
                is_protection_overridden=input.override_protection,
                now=context.now,
            ),
            bulk_changes.assigning(owner_id, added, removed, is_protection_overridden=input.override_protection),
        )
    except Refused as refused:
        errors = await user_errors(info, selected.under("errors"), refused.refusals, "input")
        return AssignContactsPayload(count=None, contact_ids=[], conflicts=[], conflict_count=0, errors=errors)
    if changed is None:
        return AssignContactsPayload(count=None, contact_ids=[], conflicts=[], conflict_count=0, job=job, errors=[])
    return AssignContactsPayload(
        count=len(changed.contact_ids),
        contact_ids=contact_ids(info, chosen, changed.contact_ids),
        conflicts=await conflicts_of(info, selected.under("conflicts"), changed.conflicts),
        conflict_count=len(changed.conflicts),
        errors=[],
    )


def _users(ids: Any, name: str) -> Any:
    return _ids(Some(or_none(ids) or []), IdPrefix.USER, name, MAX_LINKS)


async def tag_contacts(info: Info, input: TagInput) -> TagContactsPayload:
    try:
        chosen = decode_selection(info, input.contacts)
        add, remove = or_none(input.add) or (), or_none(input.remove) or ()
        changed, job = await run_or_enqueue(
            info,
            chosen,
            tagging.tag(chosen=chosen, add=add, remove=remove, now=info.context.now),
            bulk_changes.tagging_of(add, remove),
        )
    except Refused as refused:
        errors = await user_errors(info, selection(info).under("errors"), refused.refusals, "input")
        return TagContactsPayload(count=None, contact_ids=[], errors=errors)
    if changed is None:
        return TagContactsPayload(count=None, contact_ids=[], job=job, errors=[])
    return TagContactsPayload(count=len(changed), contact_ids=contact_ids(info, chosen, changed), errors=[])


async def trash_contacts(info: Info, input: Trash) -> TrashContactsPayload:
    selected = selection(info)
    try:
        chosen = decode_selection(info, input.contacts)
        changed, job = await run_or_enqueue(
            info, chosen, trash.trash(chosen=chosen, now=info.context.now), bulk_changes.TRASHING
        )
    except Refused as refused:
        errors = await user_errors(info, selected.under("errors"), refused.refusals, "input")
        return TrashContactsPayload(count=None, contact_ids=[], contact_lists=[], errors=errors)
    if changed is None:
        return TrashContactsPayload(count=None, contact_ids=[], contact_lists=[], job=job, errors=[])
    return TrashContactsPayload(
        count=len(changed.contact_ids),
        contact_ids=contact_ids(info, chosen, changed.contact_ids),
        contact_lists=await changed_lists(info, selected.under("contactLists"), changed.list_ids),
        errors=[],
    )


async def restore_contacts(info: Info, input: Restore) -> RestoreContactsPayload:
    selected = selection(info)
    try:
        chosen = decode_selection(info, input.contacts)
        changed, job = await run_or_enqueue(
            info, chosen, trash.restore(chosen=chosen, now=info.context.now), bulk_changes.RESTORING
        )
    except Refused as refused:
        errors = await user_errors(info, selected.under("errors"), refused.refusals, "input")
        return RestoreContactsPayload(
            count=None, contact_ids=[], contact_lists=[], conflicts=[], conflict_count=0, errors=errors
        )
    if changed is None:
        return RestoreContactsPayload(
            count=None, contact_ids=[], contact_lists=[], conflicts=[], conflict_count=0, job=job, errors=[]
        )
    return RestoreContactsPayload(
        count=len(changed.contact_ids),
        contact_ids=contact_ids(info, chosen, changed.contact_ids),
        contact_lists=await changed_lists(info, selected.under("contactLists"), changed.list_ids),
        conflicts=await conflicts_of(info, selected.under("conflicts"), changed.conflicts),
        conflict_count=len(changed.conflicts),
        errors=[],
    )


async def purge_contacts(info: Info, input: Purge) -> PurgeContactsPayload:
    context, selected = info.context, selection(info)
    try:
        if input.from_anywhere and not context.caller.may_manage:
            raise refuse(Code.FORBIDDEN, "This requires the role MANAGER or ADMIN.", "fromAnywhere")
        chosen = decode_selection(info, input.contacts)
        opt_out_cause = cause(info, OptOutSource.PURGE, None) if input.opt_out else None
        changed, job = await run_or_enqueue(
            info,
            chosen,
            trash.purge(
                chosen=chosen,
                is_from_anywhere=input.from_anywhere,
                opt_out_cause=opt_out_cause,
                now=context.now,
            ),
            bulk_changes.purging(opt_out_cause, is_from_anywhere=input.from_anywhere),
        )
    except Refused as refused:
        errors = await user_errors(info, selected.under("errors"), refused.refusals, "input")
        return PurgeContactsPayload(count=None, contact_ids=[], contact_lists=[], errors=errors)
    if changed is None:
        return PurgeContactsPayload(count=None, contact_ids=[], contact_lists=[], job=job, errors=[])
    return PurgeContactsPayload(
        count=len(changed.contact_ids),
        contact_ids=contact_ids(info, chosen, changed.contact_ids),
        contact_lists=await changed_lists(info, selected.under("contactLists"), changed.list_ids),
        errors=[],
    )


def cause(info: Info, source: OptOutSource, reason: str | None) -> Cause:
    """Returns the caller as the cause of a change in the opt-out register."""
    caller = info.context.caller
    return Cause(source=source, reason=reason, user_id=caller.user_id, token_id=caller.token_id, at=info.context.now)

"""Mutations of contact lists."""

from collections.abc import Sequence
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry
from strawberry import Some

from resolvers.contacts.bulk_jobs import run_or_enqueue
from resolvers.contacts.selection import decode_selection
from resolvers.decoding import decode_id, or_none
from resolvers.query.row_queries import of_id, row
from resolvers.query.tables import CONTACT_LISTS
from schema.context import Info
from schema.errors import UserError, to_user_errors
from schema.execution import selection
from schema.ids import IdPrefix
from schema.inputs.contact_list import (
    AddContactsToListInput,
    CreateContactListInput,
    DeleteContactListInput,
    RemoveContactsFromListInput,
    UpdateContactListInput,
)
from schema.payloads.contact_list import (
    AddContactsToListPayload,
    CreateContactListPayload,
    DeleteContactListPayload,
    RemoveContactsFromListPayload,
    UpdateContactListPayload,
)
from schema.types.contact_list import ContactList
from services.contacts import bulk_changes
from services.lists import management as contact_lists
from services.refusal import Refusal, Refused

Create = Annotated[CreateContactListInput, strawberry.argument(description="Data of the list to create.")]
Update = Annotated[UpdateContactListInput, strawberry.argument(description="List to change, and the new values.")]
Delete = Annotated[DeleteContactListInput, strawberry.argument(description="ID of the list to delete.")]
Add = Annotated[AddContactsToListInput, strawberry.argument(description="List, and the contacts to add to it.")]
Remove = Annotated[
    RemoveContactsFromListInput, strawberry.argument(description="List, and the contacts to remove from it.")
]


def _errors(refusals: Sequence[Refusal]) -> list[UserError]:
    return to_user_errors(refusals, "input")


async def _load_selected(info: Info, list_id: UUID) -> ContactList | None:
    """Returns the list as it is now, with the selected columns; None if it is not selected."""
    selected = selection(info).under("contactList")
    if not selected:
        return None
    where = of_id(CONTACT_LISTS, info.context.account_id, list_id)
    return cast(ContactList | None, await row(CONTACT_LISTS, selected.columns, where))


async def create_contact_list(info: Info, input: Create) -> CreateContactListPayload:
    try:
        list_id = await contact_lists.create(
            account_id=info.context.account_id,
            list_name=input.name,
            list_description=or_none(input.description),
            now=info.context.now,
        )
    except Refused as refused:
        return CreateContactListPayload(contact_list=None, errors=_errors(refused.refusals))
    return CreateContactListPayload(contact_list=await _load_selected(info, list_id), errors=[])


async def update_contact_list(info: Info, input: Update) -> UpdateContactListPayload:
    changes: dict[str, Any] = {
        name: some.value for name in ("name", "description") if isinstance(some := getattr(input, name), Some)
    }
    try:
        list_id = decode_id(IdPrefix.CONTACT_LIST, input.id, "id")
        await contact_lists.update(
            account_id=info.context.account_id, list_id=list_id, changes=changes, now=info.context.now
        )
    except Refused as refused:
        return UpdateContactListPayload(contact_list=None, errors=_errors(refused.refusals))
    return UpdateContactListPayload(contact_list=await _load_selected(info, list_id), errors=[])


async def delete_contact_list(info: Info, input: Delete) -> DeleteContactListPayload:
    try:
        list_id = decode_id(IdPrefix.CONTACT_LIST, input.id, "id")
        await contact_lists.delete(account_id=info.context.account_id, list_id=list_id, now=info.context.now)
    except Refused as refused:
        return DeleteContactListPayload(deleted_id=None, errors=_errors(refused.refusals))
    return DeleteContactListPayload(deleted_id=input.id, errors=[])


async def add_contacts_to_list(info: Info, input: Add) -> AddContactsToListPayload:
    try:
        list_id = decode_id(IdPrefix.CONTACT_LIST, input.list_id, "listId")
        chosen = decode_selection(info, input.contacts)
        added, job = await run_or_enqueue(
            info,
            chosen,
            contact_lists.add_contacts(list_id=list_id, chosen=chosen, now=info.context.now),
            bulk_changes.adding_to_list(list_id),
        )
    except Refused as refused:
        return AddContactsToListPayload(added=None, contact_list=None, errors=_errors(refused.refusals))
    return AddContactsToListPayload(added=added, contact_list=await _load_selected(info, list_id), job=job, errors=[])


async def remove_contacts_from_list(info: Info, input: Remove) -> RemoveContactsFromListPayload:
    try:
        list_id = decode_id(IdPrefix.CONTACT_LIST, input.list_id, "listId")
        chosen = decode_selection(info, input.contacts)
        removed, job = await run_or_enqueue(
            info,
            chosen,
            contact_lists.remove_contacts(list_id=list_id, chosen=chosen, now=info.context.now),
            bulk_changes.removing_from_list(list_id),
        )
    except Refused as refused:
        return RemoveContactsFromListPayload(removed=None, contact_list=None, errors=_errors(refused.refusals))
    return RemoveContactsFromListPayload(
        removed=removed, contact_list=await _load_selected(info, list_id), job=job, errors=[]
    )

"""Inputs that create and change lists and their members."""

import strawberry
from strawberry import UNSET, Maybe

from schema.descriptions import LIST_DESCRIPTION, LIST_NAME, VISIBLE_CONTACTS
from schema.inputs.contact import ContactSelection


@strawberry.input(description="Data of a new, empty list.")
class CreateContactListInput:
    name: str = strawberry.field(description=LIST_NAME)
    description: str | None = strawberry.field(default=UNSET, description=LIST_DESCRIPTION)


@strawberry.input(description="Changes to a list. Unset fields stay unchanged; null clears a field.")
class UpdateContactListInput:
    id: strawberry.ID = strawberry.field(description="ID of the list to change.")
    name: Maybe[str | None] = strawberry.field(description=f"{LIST_NAME} Must not be null.")
    description: Maybe[str | None] = strawberry.field(description=LIST_DESCRIPTION)


@strawberry.input(description="Names the list to delete.")
class DeleteContactListInput:
    id: strawberry.ID = strawberry.field(description="ID of the list to delete.")


@strawberry.input(description="Contacts to add to a list.")
class AddContactsToListInput:
    list_id: strawberry.ID = strawberry.field(description="ID of the list to add contacts to.")
    contacts: ContactSelection = strawberry.field(description=VISIBLE_CONTACTS)


@strawberry.input(description="Contacts to remove from a list.")
class RemoveContactsFromListInput:
    list_id: strawberry.ID = strawberry.field(description="ID of the list to remove contacts from.")
    contacts: ContactSelection = strawberry.field(description=VISIBLE_CONTACTS)

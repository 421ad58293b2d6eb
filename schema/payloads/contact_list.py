"""Payloads of the mutations of lists."""

import strawberry

from schema.descriptions import ERRORS, JOB
from schema.errors import UserError
from schema.permissions import CanReadContacts
from schema.types.contact_list import ContactList
from schema.types.job import Job

_NEW_LIST = "The list after the change; null if nothing was written."
_LIST = f"{_NEW_LIST} Requires the scope CONTACTS_READ."


@strawberry.type(description="Result of createContactList: the new list.")
class CreateContactListPayload:
    contact_list: ContactList | None = strawberry.field(description=_NEW_LIST)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of updateContactList: the changed list.")
class UpdateContactListPayload:
    contact_list: ContactList | None = strawberry.field(permission_classes=[CanReadContacts], description=_LIST)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of deleteContactList. The list's contacts still exist.")
class DeleteContactListPayload:
    deleted_id: strawberry.ID | None = strawberry.field(description="ID of the deleted list; null if there are errors.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of addContactsToList: the list and the number of new members.")
class AddContactsToListPayload:
    added: int | None = strawberry.field(
        description="Number of contacts added to the list; null if a background job adds them."
    )
    contact_list: ContactList | None = strawberry.field(permission_classes=[CanReadContacts], description=_LIST)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of removeContactsFromList: the list and the number of removed members.")
class RemoveContactsFromListPayload:
    removed: int | None = strawberry.field(
        description="Number of contacts removed from the list; null if a background job removes them."
    )
    contact_list: ContactList | None = strawberry.field(permission_classes=[CanReadContacts], description=_LIST)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)

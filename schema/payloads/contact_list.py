"""What mutations of lists answer."""

import strawberry

from schema.errors import UserError
from schema.payloads.contact import ERRORS, JOB
from schema.types.contact_list import ContactList
from schema.types.job import Job

_LIST = "The list as it is now; null where nothing was written."


@strawberry.type(description="A list, made or not.")
class CreateContactListPayload:
    contact_list: ContactList | None = strawberry.field(description=_LIST)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A list, changed or not.")
class UpdateContactListPayload:
    contact_list: ContactList | None = strawberry.field(description=_LIST)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A list, deleted or not. Its contacts stay.")
class DeleteContactListPayload:
    deleted_id: strawberry.ID | None = strawberry.field(description="The id that the list had.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What came onto a list.")
class AddContactsToListPayload:
    added: int | None = strawberry.field(description="Contacts that were not on it. Null where a job goes on with it.")
    contact_list: ContactList | None = strawberry.field(description=_LIST)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What left a list.")
class RemoveContactsFromListPayload:
    removed: int | None = strawberry.field(description="Contacts that were on it. Null where a job goes on with it.")
    contact_list: ContactList | None = strawberry.field(description=_LIST)
    job: Job | None = strawberry.field(default=None, description=JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)

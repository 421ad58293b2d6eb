"""Lists as they are given, and changed."""

import strawberry
from strawberry import UNSET, Maybe

from schema.inputs.contact import ContactSelection


@strawberry.input(description="A new list.")
class CreateContactListInput:
    name: str = strawberry.field(description="Unique in the account without regard to case; at most 200 characters.")
    description: str | None = strawberry.field(default=UNSET, description="What it is for; at most 2000 characters.")


@strawberry.input(description="What to change of a list. An absent field stays as it is; null clears it.")
class UpdateContactListInput:
    id: strawberry.ID = strawberry.field(description="Which list.")
    name: Maybe[str | None] = strawberry.field(description="Its new name; can't be null. At most 200 characters.")
    description: Maybe[str | None] = strawberry.field(description="What it is for; at most 2000 characters.")


@strawberry.input(description="A list to delete.")
class DeleteContactListInput:
    id: strawberry.ID = strawberry.field(description="Which list.")


@strawberry.input(description="Contacts to put on a list.")
class AddContactsToListInput:
    list_id: strawberry.ID = strawberry.field(description="Which list.")
    contacts: ContactSelection = strawberry.field(description="Which contacts, outside the trash.")


@strawberry.input(description="Contacts to take off a list.")
class RemoveContactsFromListInput:
    list_id: strawberry.ID = strawberry.field(description="Which list.")
    contacts: ContactSelection = strawberry.field(description="Which contacts, outside the trash.")

"""Contacts as they are given, and changed."""

from enum import Enum

import strawberry
from strawberry import UNSET, Maybe

from schema.inputs.contact_filter import ContactFilter, ContactKey
from schema.scalars import CountryCode, JSONObject, PhoneNumber, StringMap

MAX_ROWS = 1000
MAX_SELECTED = 1000


@strawberry.enum(description="What to do with a number that a contact has already.")
class IfExists(Enum):
    ERROR = strawberry.enum_value("ERROR", description="Write nothing; DUPLICATE_PHONE names the contact.")
    SKIP = strawberry.enum_value("SKIP", description="Leave the contact as it is.")
    UPDATE = strawberry.enum_value(
        "UPDATE",
        description=(
            "Change what is given: absent and empty fields change nothing, tags and lists are added, custom variables "
            "merge, and the owner changes only where one is named and the contact is not protected."
        ),
    )


@strawberry.enum(description="How a row ended.")
class RowOutcome(Enum):
    CREATED = strawberry.enum_value("CREATED", description="It made something new.")
    UPDATED = strawberry.enum_value("UPDATED", description="What was there took the row over.")
    SKIPPED = strawberry.enum_value("SKIPPED", description="What was there stays as it is.")
    FAILED = strawberry.enum_value("FAILED", description="Nothing of the row was written; its error says why.")


_REGION = "For a phone without a country code; the account's where absent."
_FIRST_NAME = "At most 200 characters."
_LAST_NAME = "At most 200 characters."
_NAME = "The full name, where it is not first and last name; at most 200 characters."
_EMAIL = "At most 254 characters."
_COMPANY_NAME = "At most 200 characters."
_NOTES = "At most 10000 characters."
_EXTERNAL_ID = "The caller's own id; unique in the account, at most 200 characters."
_SENDER_NUMBER = "The line that messages to this contact leave from."
_ASSIGNED_TO_EMAIL = "Sets the one assignee, and the owner where none is named, by the e-mail of an active user."


@strawberry.input(description="A contact as it is given. Texts are trimmed; an empty one is no value.")
class ContactInput:
    phone: PhoneNumber = strawberry.field(description="The number, in any written form.")
    region: CountryCode | None = strawberry.field(default=UNSET, description=_REGION)
    first_name: str | None = strawberry.field(default=UNSET, description=_FIRST_NAME)
    last_name: str | None = strawberry.field(default=UNSET, description=_LAST_NAME)
    name: str | None = strawberry.field(default=UNSET, description=_NAME)
    email: str | None = strawberry.field(default=UNSET, description=_EMAIL)
    company_name: str | None = strawberry.field(default=UNSET, description=_COMPANY_NAME)
    notes: str | None = strawberry.field(default=UNSET, description=_NOTES)
    tags: list[str] | None = strawberry.field(
        default=UNSET, description="At most 50, each of 1 to 64 characters, without ; and |. Compared exactly."
    )
    custom_variables: StringMap | None = strawberry.field(
        default=UNSET, description="At most 100; labels of at most 100, values of at most 2000 characters."
    )
    external_id: str | None = strawberry.field(default=UNSET, description=_EXTERNAL_ID)
    sender_number: PhoneNumber | None = strawberry.field(default=UNSET, description=_SENDER_NUMBER)
    list_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Lists to put it on, at most 100."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="An active user; the caller's user where absent, nobody where null."
    )
    assignee_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Active users who work on it, at most 100."
    )
    assigned_to_email: str | None = strawberry.field(default=UNSET, description=_ASSIGNED_TO_EMAIL)


@strawberry.input(description="One contact to save.")
class CreateContactInput:
    contact: ContactInput = strawberry.field(description="The contact.")
    if_exists: IfExists = strawberry.field(
        default=IfExists.ERROR, description="What to do where a contact has the number already."
    )


@strawberry.input(description=f"1 to {MAX_ROWS} contacts, each on its own.")
class BulkCreateContactsInput:
    contacts: list[ContactInput] = strawberry.field(description=f"The rows, 1 to {MAX_ROWS}; they act in their order.")
    list_id: strawberry.ID | None = strawberry.field(default=UNSET, description="A list for all new contacts.")
    if_exists: IfExists = strawberry.field(
        default=IfExists.SKIP, description="What to do where a contact has the number already."
    )
    add_existing_to_list: bool = strawberry.field(
        default=False, description="Add contacts that were there already to the list as well."
    )


@strawberry.input(description="What to change of a contact. An absent field stays as it is; null clears it.")
class UpdateContactInput:
    contact: ContactKey = strawberry.field(description="Which contact.")
    phone: Maybe[PhoneNumber | None] = strawberry.field(description="Its new number; can't be null.")
    region: Maybe[CountryCode | None] = strawberry.field(description=_REGION)
    first_name: Maybe[str | None] = strawberry.field(description=_FIRST_NAME)
    last_name: Maybe[str | None] = strawberry.field(description=_LAST_NAME)
    name: Maybe[str | None] = strawberry.field(description=_NAME)
    email: Maybe[str | None] = strawberry.field(description=_EMAIL)
    company_name: Maybe[str | None] = strawberry.field(description=_COMPANY_NAME)
    notes: Maybe[str | None] = strawberry.field(description=_NOTES)
    tags: Maybe[list[str] | None] = strawberry.field(description="Replaces them all; at most 50.")
    custom_variables: Maybe[JSONObject | None] = strawberry.field(
        description="Merged key by key; null removes a key, and null for all of it removes every key. Values are texts."
    )
    external_id: Maybe[str | None] = strawberry.field(description=_EXTERNAL_ID)
    sender_number: Maybe[PhoneNumber | None] = strawberry.field(description=_SENDER_NUMBER)
    list_ids: Maybe[list[strawberry.ID] | None] = strawberry.field(
        description="Full sync: the contact is in these lists and in no other; at most 1000."
    )
    owner_id: Maybe[strawberry.ID | None] = strawberry.field(description="An active user; nobody where null.")
    assignee_ids: Maybe[list[strawberry.ID] | None] = strawberry.field(
        description="Exactly these active users work on it; at most 100."
    )
    assigned_to_email: Maybe[str | None] = strawberry.field(description=_ASSIGNED_TO_EMAIL)


@strawberry.input(
    description=(
        "Nothing is written where another number of contacts matches than expected (COUNT_CHANGED). expectedCount must "
        "be given for a filter without any condition, and to purge."
    )
)
class MatchingContacts:
    filter: ContactFilter = strawberry.field(description="Which contacts.")
    expected_count: int | None = strawberry.field(default=UNSET, description="How many the caller knows of.")


@strawberry.input(
    one_of=True,
    description=f"Whom a bulk change is for: at most {MAX_SELECTED} ids or phones, or all that match.",
)
class ContactSelection:
    ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="By id.")
    phones: list[PhoneNumber] | None = strawberry.field(default=UNSET, description="By number, in any written form.")
    matching: MatchingContacts | None = strawberry.field(default=UNSET, description="By filter; for MANAGER and ADMIN.")

"""Inputs that create, change and select contacts."""

from enum import Enum

import strawberry
from strawberry import UNSET, Maybe

from schema.descriptions import ADD_EXISTING_TO_LIST, IF_EXISTS, NEW_CONTACTS_LIST, REGION
from schema.execution import BatchRow
from schema.inputs.contact_filter import ContactFilter, ContactKey
from schema.scalars import CountryCode, JSONObject, PhoneNumber, StringMap

MAX_ROWS = 1000
MAX_SELECTED = 1000


@strawberry.enum(description="Behavior if a contact already has the phone number.")
class IfExists(Enum):
    ERROR = strawberry.enum_value("ERROR", description="Writes nothing and returns DUPLICATE_PHONE with the contact.")
    SKIP = strawberry.enum_value("SKIP", description="Leaves the contact unchanged.")
    UPDATE = strawberry.enum_value(
        "UPDATE",
        description=(
            "Updates the contact: unset and empty fields change nothing, tags and lists are added, custom variables "
            "are merged, and the owner changes only if one is named and the contact is not protected."
        ),
    )


@strawberry.enum(description="Result of one row of a batch.")
class RowOutcome(Enum):
    CREATED = strawberry.enum_value("CREATED", description="The row created a new object.")
    UPDATED = strawberry.enum_value("UPDATED", description="The row changed an existing object.")
    SKIPPED = strawberry.enum_value("SKIPPED", description="The existing object stays unchanged.")
    FAILED = strawberry.enum_value("FAILED", description="The row wrote nothing; its error says why.")


_FIRST_NAME = "First name, at most 200 characters."
_LAST_NAME = "Last name, at most 200 characters."
_NAME = "Full name, if it differs from first and last name; at most 200 characters."
_EMAIL = "E-mail address, at most 254 characters."
_COMPANY_NAME = "Company name, at most 200 characters."
_NOTES = "Free text, at most 10000 characters."
_EXTERNAL_ID = "The client's ID for the contact, unique in the account outside the trash; at most 200 characters."
_SENDER_NUMBER = "Number from which messages to this contact are sent."
_ASSIGNED_TO_EMAIL = (
    "E-mail address of an active user, who becomes the only assignee, and the owner if ownerId is unset."
)


@strawberry.input(description="Data of a contact. Texts are trimmed; an empty text counts as unset.")
class ContactInput(BatchRow):
    phone: PhoneNumber | None = strawberry.field(
        default=UNSET, description="Phone number in any written form. Unset, null or blank: MISSING_CONTACT."
    )
    region: CountryCode | None = strawberry.field(default=UNSET, description=REGION)
    first_name: str | None = strawberry.field(default=UNSET, description=_FIRST_NAME)
    last_name: str | None = strawberry.field(default=UNSET, description=_LAST_NAME)
    name: str | None = strawberry.field(default=UNSET, description=_NAME)
    email: str | None = strawberry.field(default=UNSET, description=_EMAIL)
    company_name: str | None = strawberry.field(default=UNSET, description=_COMPANY_NAME)
    notes: str | None = strawberry.field(default=UNSET, description=_NOTES)
    tags: list[str] | None = strawberry.field(
        default=UNSET,
        description="At most 50 tags of 1 to 64 characters each, without ; and |. Tags are compared exactly.",
    )
    custom_variables: StringMap | None = strawberry.field(
        default=UNSET,
        description=(
            "Custom fields by label: at most 100, with labels of at most 100 and values of at most 2000 characters."
        ),
    )
    external_id: str | None = strawberry.field(default=UNSET, description=_EXTERNAL_ID)
    sender_number: PhoneNumber | None = strawberry.field(default=UNSET, description=_SENDER_NUMBER)
    list_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="IDs of lists to add the contact to, at most 100."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="ID of an active user. Unset: the caller's user; null: no owner."
    )
    assignee_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="IDs of active users who work on the contact, at most 100."
    )
    assigned_to_email: str | None = strawberry.field(default=UNSET, description=_ASSIGNED_TO_EMAIL)


@strawberry.input(description="A contact to save, and what to do if it exists.")
class CreateContactInput:
    contact: ContactInput = strawberry.field(description="Data of the contact, including its phone number.")
    if_exists: IfExists = strawberry.field(default=IfExists.ERROR, description=IF_EXISTS)


@strawberry.input(description=f"1 to {MAX_ROWS} contacts to save. A bad row does not affect the others.")
class BulkCreateContactsInput:
    contacts: list[ContactInput] = strawberry.field(description=f"1 to {MAX_ROWS} contacts, processed in order.")
    list_id: strawberry.ID | None = strawberry.field(default=UNSET, description=NEW_CONTACTS_LIST)
    if_exists: IfExists = strawberry.field(default=IfExists.SKIP, description=IF_EXISTS)
    add_existing_to_list: bool = strawberry.field(default=False, description=ADD_EXISTING_TO_LIST)


@strawberry.input(description="Changes to a contact. Unset fields stay unchanged; null clears a field.")
class UpdateContactInput:
    contact: ContactKey = strawberry.field(description="Key of the contact to change: its id, phone or externalId.")
    phone: Maybe[PhoneNumber | None] = strawberry.field(
        description="New phone number in any written form; must not be null."
    )
    region: Maybe[CountryCode | None] = strawberry.field(description=REGION)
    first_name: Maybe[str | None] = strawberry.field(description=_FIRST_NAME)
    last_name: Maybe[str | None] = strawberry.field(description=_LAST_NAME)
    name: Maybe[str | None] = strawberry.field(description=_NAME)
    email: Maybe[str | None] = strawberry.field(description=_EMAIL)
    company_name: Maybe[str | None] = strawberry.field(description=_COMPANY_NAME)
    notes: Maybe[str | None] = strawberry.field(description=_NOTES)
    tags: Maybe[list[str] | None] = strawberry.field(description="Replaces all tags of the contact; at most 50.")
    custom_variables: Maybe[JSONObject | None] = strawberry.field(
        description=(
            "Merged by label: strings set values, null removes one label. Null instead of the object removes all "
            "labels."
        )
    )
    external_id: Maybe[str | None] = strawberry.field(description=_EXTERNAL_ID)
    sender_number: Maybe[PhoneNumber | None] = strawberry.field(description=_SENDER_NUMBER)
    list_ids: Maybe[list[strawberry.ID] | None] = strawberry.field(
        description="Replaces all lists of the contact with these; at most 1000 IDs."
    )
    owner_id: Maybe[strawberry.ID | None] = strawberry.field(
        description="ID of an active user; null removes the owner."
    )
    assignee_ids: Maybe[list[strawberry.ID] | None] = strawberry.field(
        description="Replaces all assignees with these active users; at most 100 IDs."
    )
    assigned_to_email: Maybe[str | None] = strawberry.field(description=_ASSIGNED_TO_EMAIL)
    expected_version: Maybe[int | None] = strawberry.field(
        description=(
            "Version of the contact that the client has read. If the contact has another one, nothing is written "
            "(STALE). Null or unset: any version."
        )
    )


@strawberry.input(
    description=(
        "Contacts selected by a filter. If their number differs from expectedCount, nothing is written "
        "(COUNT_CHANGED). A purge and a filter without conditions require expectedCount."
    )
)
class MatchingContacts:
    filter: ContactFilter = strawberry.field(description="Filter that selects the contacts.")
    expected_count: int | None = strawberry.field(
        default=UNSET, description="Number of matching contacts that the client expects."
    )


@strawberry.input(
    one_of=True,
    description=f"Contacts for a bulk change: at most {MAX_SELECTED} ids or phones, or all that match a filter.",
)
class ContactSelection:
    ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description=f"IDs of the contacts, at most {MAX_SELECTED}."
    )
    phones: list[PhoneNumber] | None = strawberry.field(
        default=UNSET, description=f"Phone numbers of the contacts in any written form, at most {MAX_SELECTED}."
    )
    matching: MatchingContacts | None = strawberry.field(
        default=UNSET,
        description=(
            "All contacts that match a filter. Requires the scope CONTACTS_READ and the role MANAGER or ADMIN."
        ),
    )

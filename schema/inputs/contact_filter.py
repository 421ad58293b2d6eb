"""Filter, sort order and key of contacts."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import UNSET

from schema.scalars import CountryCode, PhoneNumber
from services.contacts.custom_variables import MAX_CONDITIONS, MAX_CONTAINS

MAX_VALUES = 1000
MAX_DEPTH = 5
MAX_FILTERS = 1000


@strawberry.enum(description="Selects contacts outside the trash, in it, or both.")
class ContactState(Enum):
    ACTIVE = strawberry.enum_value("ACTIVE", description="Contacts outside the trash.")
    TRASHED = strawberry.enum_value("TRASHED", description="Contacts in the trash only.")
    ANY = strawberry.enum_value("ANY", description="Contacts outside and in the trash.")


@strawberry.enum(description="Result of the check of a contact's phone number.")
class ContactStatus(Enum):
    VALID = strawberry.enum_value("VALID", description="The check found no problem with the number.")
    INVALID = strawberry.enum_value("INVALID", description="The number cannot be messaged: see invalidReason.")


@strawberry.input(description="A time range, including `from` and excluding `before`.")
class DateTimeRange:
    from_: datetime | None = strawberry.field(
        name="from", default=UNSET, description="Start of the range, inclusive; open if unset."
    )
    before: datetime | None = strawberry.field(default=UNSET, description="End of the range, exclusive; open if unset.")


@strawberry.input(
    description=(
        "A condition on one custom variable. At least one of equals, anyOf, contains and exists is required. Contacts "
        "must match all that are set."
    )
)
class CustomVariableCondition:
    label: str = strawberry.field(description="Label of the variable, in the exact letter case.")
    equals: str | None = strawberry.field(default=UNSET, description="Contacts with exactly this value.")
    any_of: list[str] | None = strawberry.field(
        default=UNSET, description=f"Contacts with exactly one of these values; at most {MAX_VALUES}."
    )
    contains: str | None = strawberry.field(
        default=UNSET,
        description=(
            "Contacts with this text in the value, in any case of the letters A to Z. At most "
            f"{MAX_CONTAINS} characters."
        ),
    )
    exists: bool | None = strawberry.field(
        default=UNSET, description="True: contacts with the variable. False: contacts without it."
    )


@strawberry.input(
    description=(
        "Contacts must match all conditions that are set. Queries, bulk changes, exports and audiences use the same "
        f"filter. Lists may have at most {MAX_VALUES} values, and one match is enough unless the field says otherwise. "
        f"Filters may be nested {MAX_DEPTH} levels deep, with at most {MAX_FILTERS} filters inside one."
    )
)
class ContactFilter:
    state: ContactState | None = strawberry.field(
        default=UNSET,
        description=(
            "Contacts in or outside the trash. If unset at the top level: TRASHED for restoreContacts and "
            "purgeContacts, ANY for contactChanged, otherwise ACTIVE. If unset inside and, or, not: no condition."
        ),
    )
    search: str | None = strawberry.field(
        default=UNSET,
        description=(
            "Words in the first, last or full name, phone, e-mail or company name. All must occur, in any order; case "
            "and accents are ignored. A phone number may be in any written form. At most 200 characters."
        ),
    )
    ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="Contacts with one of these IDs.")
    phones: list[PhoneNumber] | None = strawberry.field(
        default=UNSET,
        description="Contacts with one of these numbers. A text that is not a phone number matches nothing.",
    )
    external_ids: list[str] | None = strawberry.field(
        default=UNSET, description="Contacts with one of these external IDs."
    )
    list_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Members of at least one of these lists."
    )
    not_in_list_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Contacts that are in none of these lists."
    )
    in_no_list: bool | None = strawberry.field(
        default=UNSET, description="True: contacts in no list. False: contacts in at least one list."
    )
    campaign_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Contacts in at least one of these campaigns."
    )
    not_in_campaign_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Contacts that are in none of these campaigns."
    )
    all_tags: list[str] | None = strawberry.field(default=UNSET, description="Contacts with all of these tags.")
    any_tags: list[str] | None = strawberry.field(
        default=UNSET, description="Contacts with at least one of these tags."
    )
    no_tags: list[str] | None = strawberry.field(default=UNSET, description="Contacts with none of these tags.")
    is_opted_out: bool | None = strawberry.field(
        default=UNSET, description="True: opted-out numbers. False: all others."
    )
    is_verified: bool | None = strawberry.field(
        default=UNSET, description="True: verified contacts. False: all others."
    )
    status: ContactStatus | None = strawberry.field(
        default=UNSET, description="Contacts with this status, VALID or INVALID."
    )
    owner_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Contacts that one of these users owns."
    )
    has_owner: bool | None = strawberry.field(
        default=UNSET, description="True: contacts with an owner. False: contacts without one."
    )
    assignee_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Contacts with at least one of these users as an assignee."
    )
    is_assigned: bool | None = strawberry.field(
        default=UNSET, description="True: contacts with assignees. False: contacts without any."
    )
    countries: list[CountryCode] | None = strawberry.field(
        default=UNSET, description="Contacts with a number of one of these regions."
    )
    operators: list[str] | None = strawberry.field(
        default=UNSET, description="Contacts with a number of one of these mobile networks, by exact name."
    )
    company_names: list[str] | None = strawberry.field(
        default=UNSET, description="Contacts of one of these companies, by exact name."
    )
    custom_variables: list[CustomVariableCondition] | None = strawberry.field(
        default=UNSET,
        description=f"Contacts that match all of these conditions on custom variables; at most {MAX_CONDITIONS}.",
    )
    sender_number: PhoneNumber | None = strawberry.field(default=UNSET, description="Contacts with this sender number.")
    has_email: bool | None = strawberry.field(
        default=UNSET, description="True: contacts with an e-mail address. False: contacts without one."
    )
    imported_by_job_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Contacts that this import created or was the last import to change."
    )
    created_at: DateTimeRange | None = strawberry.field(
        default=UNSET, description="Contacts created in this time range."
    )
    updated_at: DateTimeRange | None = strawberry.field(
        default=UNSET, description="Contacts last changed in this time range."
    )
    last_inbound_at: DateTimeRange | None = strawberry.field(
        default=UNSET, description="Contacts whose last inbound message is in this time range."
    )
    last_outbound_at: DateTimeRange | None = strawberry.field(
        default=UNSET, description="Contacts whose last outbound message is in this time range."
    )
    and_: list["ContactFilter"] | None = strawberry.field(
        name="and", default=UNSET, description="Contacts that match all of these filters."
    )
    or_: list["ContactFilter"] | None = strawberry.field(
        name="or", default=UNSET, description="Contacts that match at least one of these filters."
    )
    not_: "ContactFilter | None" = strawberry.field(
        name="not", default=UNSET, description="Contacts that do not match this filter."
    )


@strawberry.enum(
    description=(
        "Sort keys of contacts. Texts ignore the case of A to Z. In ascending order, contacts without a text come last "
        "and contacts without a time come first; DESC reverses the whole order."
    )
)
class ContactOrderField(Enum):
    CREATED_AT = strawberry.enum_value("CREATED_AT", description="By the time when it was created.")
    UPDATED_AT = strawberry.enum_value("UPDATED_AT", description="By the time of the last change.")
    NAME = strawberry.enum_value("NAME", description="By the contact's full name.")
    FIRST_NAME = strawberry.enum_value("FIRST_NAME", description="By the contact's first name.")
    LAST_NAME = strawberry.enum_value("LAST_NAME", description="By the contact's last name.")
    COMPANY_NAME = strawberry.enum_value("COMPANY_NAME", description="By the contact's company name.")
    PHONE = strawberry.enum_value("PHONE", description="By the phone number, as text.")
    DELETED_AT = strawberry.enum_value("DELETED_AT", description="By the time of the move to the trash.")
    LAST_INBOUND_AT = strawberry.enum_value("LAST_INBOUND_AT", description="By the time of the last inbound message.")
    LAST_OUTBOUND_AT = strawberry.enum_value(
        "LAST_OUTBOUND_AT", description="By the time of the last outbound message."
    )


@strawberry.enum(description="Direction of a sort order.")
class OrderDirection(Enum):
    ASC = strawberry.enum_value("ASC", description="Ascending: smallest, oldest or A first.")
    DESC = strawberry.enum_value("DESC", description="Descending: largest, newest or Z first.")


@strawberry.input(description="One sort key of contacts. The ID breaks ties.")
class ContactOrder:
    field: ContactOrderField = strawberry.field(description="Sort key of the contacts.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Ascending or descending order."
    )


@strawberry.input(one_of=True, description="Key of one contact: its id, phone or externalId.")
class ContactKey:
    id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="ID of the contact, in or outside the trash."
    )
    phone: PhoneNumber | None = strawberry.field(
        default=UNSET,
        description="Phone number of a contact outside the trash; for restore and purge, of the contact trashed last.",
    )
    external_id: str | None = strawberry.field(default=UNSET, description="External ID of a contact outside the trash.")

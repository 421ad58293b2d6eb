"""Which contacts, in which order, and which one."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import UNSET

from schema.scalars import CountryCode, PhoneNumber

MAX_VALUES = 1000
MAX_DEPTH = 5
MAX_FILTERS = 1000


@strawberry.enum(description="Where a contact is.")
class ContactState(Enum):
    ACTIVE = strawberry.enum_value("ACTIVE", description="Outside the trash.")
    TRASHED = strawberry.enum_value("TRASHED", description="In the trash.")
    ANY = strawberry.enum_value("ANY", description="Either.")


@strawberry.enum(description="Whether a contact's number can be messaged.")
class ContactStatus(Enum):
    VALID = strawberry.enum_value("VALID", description="Nothing speaks against it.")
    INVALID = strawberry.enum_value("INVALID", description="Something does: see invalidReason.")


@strawberry.input(description="From, inclusive, to before, exclusive.")
class DateTimeRange:
    from_: datetime | None = strawberry.field(name="from", default=UNSET, description="At this instant or later.")
    before: datetime | None = strawberry.field(default=UNSET, description="Earlier than this instant.")


@strawberry.input(
    description=(
        "Every condition given must hold. The same filter serves queries, bulk changes, exports and audiences. Lists "
        f"hold at most {MAX_VALUES} values, any one of which may match; filters nest {MAX_DEPTH} deep, at most "
        f"{MAX_FILTERS} inside one."
    )
)
class ContactFilter:
    state: ContactState | None = strawberry.field(
        default=UNSET,
        description=(
            "At the top of a filter, where absent: TRASHED for restoreContacts and purgeContacts, ANY for "
            "contactChanged, else ACTIVE. Inside and, or, not: no condition."
        ),
    )
    search: str | None = strawberry.field(
        default=UNSET,
        description=(
            "Part of the first, last or full name, phone, email or company name, in any letter case; a phone in any "
            "written form. At most 200 characters."
        ),
    )
    ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="These contacts.")
    phones: list[PhoneNumber] | None = strawberry.field(
        default=UNSET, description="With these numbers; a text that is no number matches nothing."
    )
    external_ids: list[str] | None = strawberry.field(default=UNSET, description="With these external ids.")
    list_ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="On any of these lists.")
    not_in_list_ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="On none of these lists.")
    in_no_list: bool | None = strawberry.field(
        default=UNSET, description="True: on no list at all. False: on one or more."
    )
    campaign_ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="In any of these campaigns.")
    not_in_campaign_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="In none of these campaigns."
    )
    all_tags: list[str] | None = strawberry.field(default=UNSET, description="With every one of these tags.")
    any_tags: list[str] | None = strawberry.field(default=UNSET, description="With at least one of these tags.")
    no_tags: list[str] | None = strawberry.field(default=UNSET, description="With none of these tags.")
    is_opted_out: bool | None = strawberry.field(default=UNSET, description="Whether the number has opted out.")
    is_verified: bool | None = strawberry.field(default=UNSET, description="Whether the contact is verified.")
    status: ContactStatus | None = strawberry.field(default=UNSET, description="With this status.")
    owner_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Belonging to any of these users."
    )
    has_owner: bool | None = strawberry.field(default=UNSET, description="Whether it belongs to anyone.")
    assignee_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Worked on by any of these users."
    )
    is_assigned: bool | None = strawberry.field(default=UNSET, description="Whether anyone is assigned to it.")
    countries: list[CountryCode] | None = strawberry.field(
        default=UNSET, description="Numbers of any of these regions."
    )
    operators: list[str] | None = strawberry.field(
        default=UNSET, description="Numbers of any of these mobile networks, by their exact names."
    )
    sender_number: PhoneNumber | None = strawberry.field(default=UNSET, description="With this sender number.")
    has_email: bool | None = strawberry.field(default=UNSET, description="Whether it has an e-mail address.")
    imported_by_job_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Made or last changed by this import."
    )
    created_at: DateTimeRange | None = strawberry.field(default=UNSET, description="Made in this time.")
    updated_at: DateTimeRange | None = strawberry.field(default=UNSET, description="Last changed in this time.")
    last_inbound_at: DateTimeRange | None = strawberry.field(
        default=UNSET, description="Last message from it in this time."
    )
    last_outbound_at: DateTimeRange | None = strawberry.field(
        default=UNSET, description="Last message to it in this time."
    )
    and_: list["ContactFilter"] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list["ContactFilter"] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these holds."
    )
    not_: "ContactFilter | None" = strawberry.field(name="not", default=UNSET, description="This does not hold.")


@strawberry.enum(
    description=(
        "What contacts can be ordered by. Letters count without regard to the case of A to Z; contacts without a text "
        "come behind those with one, contacts without an instant ahead of those with one; DESC turns all of it around."
    )
)
class ContactOrderField(Enum):
    CREATED_AT = strawberry.enum_value("CREATED_AT", description="When it was made.")
    UPDATED_AT = strawberry.enum_value("UPDATED_AT", description="When it last changed.")
    NAME = strawberry.enum_value("NAME", description="The full name.")
    FIRST_NAME = strawberry.enum_value("FIRST_NAME", description="The first name.")
    LAST_NAME = strawberry.enum_value("LAST_NAME", description="The last name.")
    COMPANY_NAME = strawberry.enum_value("COMPANY_NAME", description="The company's name.")
    PHONE = strawberry.enum_value("PHONE", description="The number, as text.")
    DELETED_AT = strawberry.enum_value("DELETED_AT", description="When it went into the trash.")
    LAST_INBOUND_AT = strawberry.enum_value("LAST_INBOUND_AT", description="Last message from it.")
    LAST_OUTBOUND_AT = strawberry.enum_value("LAST_OUTBOUND_AT", description="Last message to it.")


@strawberry.enum(description="Which way.")
class OrderDirection(Enum):
    ASC = strawberry.enum_value("ASC", description="Smallest, oldest or A first.")
    DESC = strawberry.enum_value("DESC", description="Largest, newest or Z first.")


@strawberry.input(description="One thing to order contacts by. The id breaks ties.")
class ContactOrder:
    field: ContactOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which way.")


@strawberry.input(one_of=True, description="Names one contact: by its id, its number or the caller's own id.")
class ContactKey:
    id: strawberry.ID | None = strawberry.field(default=UNSET, description="Wherever it is, the trash included.")
    phone: PhoneNumber | None = strawberry.field(
        default=UNSET, description="Outside the trash; for restore and purge the one trashed last."
    )
    external_id: str | None = strawberry.field(default=UNSET, description="Outside the trash.")

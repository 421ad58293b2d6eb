"""Contacts and their computed fields."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import Annotated

import strawberry

from schema.context import Context
from schema.descriptions import DIRECTION
from schema.execution import column, computed, relation
from schema.ids import IdPrefix, encode_many
from schema.inputs.contact_filter import ContactStatus
from schema.pagination import After, Before, Connection, First, Last
from schema.permissions import CanReadCampaigns, CanReadContacts, CanReadMessages
from schema.scalars import CountryCode, PhoneNumber, StringMap
from schema.types.campaign import Campaign, CampaignContact
from schema.types.contact_list import ContactList
from schema.types.message import Message, MessageDirection
from schema.types.node import Node
from schema.types.numbers import Operator
from schema.types.user import User
from services.contacts.fields import MAX_LENGTHS, MAX_TAGS_LENGTH, MAX_VARIABLES_LENGTH
from services.contacts.protection import protected_until
from services.phones.numbers import international


@strawberry.enum(description="Reason why a contact has the status INVALID.")
class InvalidReason(Enum):
    UNKNOWN_NETWORK = strawberry.enum_value(
        "UNKNOWN_NETWORK", description="The server finds no mobile network for the number."
    )


def _operator(name: str | None, country: str | None) -> Operator | None:
    return None if name is None else Operator(name=name, country=None if country is None else CountryCode(country))


def _protected_until(context: Context, owned_at: datetime | None, is_owner_active: bool | None) -> datetime | None:
    hours = context.caller.settings.contact_protection_hours
    return protected_until(owned_at=owned_at, is_owner_active=is_owner_active, hours=hours, now=context.now)


@strawberry.type(
    description="A person at one phone number. No two contacts of an account outside the trash have the same number."
)
class Contact(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.CONTACT), description="Opaque ID of the contact; starts with cnt_."
    )
    phone: PhoneNumber = column("number", description="Phone number as E.164, unique in the account outside the trash.")
    first_name: str | None = column(description="First name, at most 200 characters; null if unset.")
    last_name: str | None = column(description="Last name, at most 200 characters; null if unset.")
    name: str | None = column(
        "full_name", description="Full name: as set, else the first and last name; null if all are unset."
    )
    display_name: str = computed(
        "full_name",
        "number",
        resolve=lambda full_name, number: full_name or international(number),
        description="Name to show: the full name, else the phone number in international format.",
    )
    email: str | None = column(description="E-mail address, at most 254 characters; null if unset.")
    company_name: str | None = column(description="Company name, at most 200 characters; null if unset.")
    notes: str | None = column(
        longest=MAX_LENGTHS["notes"], description="Free text, at most 10000 characters; null if unset."
    )
    tags: list[str] = column(
        longest=MAX_TAGS_LENGTH, description="The contact's tags, sorted; at most 50 of 1 to 64 characters each."
    )
    custom_variables: StringMap = column(
        longest=MAX_VARIABLES_LENGTH,
        description=(
            "Custom fields by label: at most 100, with labels of at most 100 and values of at most 2000 characters."
        ),
    )
    external_id: str | None = column(
        description=(
            "The client's ID for the contact, unique in the account outside the trash; at most 200 characters, null if "
            "unset."
        )
    )
    sender_number: PhoneNumber | None = column(
        description="Number from which messages to this contact are sent; null if unset."
    )
    is_opted_out: bool = computed(
        "opted_out_at",
        resolve=lambda at: at is not None,
        description="True if the phone number has opted out and must not be messaged.",
    )
    opted_out_at: datetime | None = column(description="When the phone number opted out; null if it has not.")
    is_verified: bool = computed(
        "verified_at",
        resolve=lambda at: at is not None,
        description="True if the phone number is verified to be the contact's.",
    )
    verified_at: datetime | None = column(description="When the phone number was verified; null if it is not.")
    status: ContactStatus = column(description="VALID, or INVALID if the number cannot be messaged.")
    invalid_reason: InvalidReason | None = column(description="Reason for the status INVALID; null for VALID.")
    operator: Operator | None = computed(
        "operator",
        "operator_country",
        resolve=_operator,
        description="Mobile network of the number; null if the server finds none.",
    )
    country: CountryCode | None = column(description="Region of the phone number; null if it belongs to none.")
    time_zones: list[str] = column(description="IANA time zones where the number may be, such as Africa/Nairobi.")
    owner: User | None = relation(
        "users_by_id",
        key="owner_id",
        permission_classes=[CanReadContacts],
        description="The one user who owns the contact; null if it has no owner.",
    )
    owned_at: datetime | None = column(
        description="When the present owner became the owner, from which protection counts; null without an owner."
    )
    protected_until: datetime | None = computed(
        "owned_at",
        "is_owner_active",
        resolve=_protected_until,
        takes_context=True,
        description="When the contact's protection from other users ends; null if it is not protected now.",
    )
    assignees: list[User] = relation(
        "assignees_by_contact",
        permission_classes=[CanReadContacts],
        description="Users who work on the contact, sorted by name.",
    )
    lists: list[ContactList] = relation(
        "lists_by_contact",
        permission_classes=[CanReadContacts],
        description="Lists that the contact is a member of, sorted by name.",
    )
    campaigns: list[Campaign] | None = relation(
        "campaigns_by_contact",
        permission_classes=[CanReadCampaigns],
        description="Campaigns that include the contact, newest first. Requires the scope CAMPAIGNS_READ.",
    )

    @relation(
        "campaign_contacts_by_contact",
        permission_classes=[CanReadCampaigns],
        description="The contact's entries in campaigns, oldest entry first. Requires the scope CAMPAIGNS_READ.",
    )
    def campaign_contacts(
        first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Connection[CampaignContact] | None: ...

    @relation(
        "messages_by_phone",
        key="phone",
        permission_classes=[CanReadMessages],
        description="Messages from and to the contact's number, newest first. Requires the scope MESSAGES_READ.",
    )
    def messages(
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        direction: Annotated[MessageDirection | None, strawberry.argument(description=DIRECTION)] = strawberry.UNSET,
    ) -> Connection[Message] | None: ...

    last_inbound_at: datetime | None = column(
        description="When the last CONVERSATION message from the number was received; null if none was."
    )
    last_outbound_at: datetime | None = column(
        description=(
            "When the last CONVERSATION message to the number was sent; null if none was. Messages that are FAILED, "
            "DECLINED or CANCELLED do not count."
        )
    )
    version: int = column(
        description=(
            "Grows with each change of what updateContact can set, by any client or job. Lists are the exception: a "
            "list that gains or loses the contact leaves its version. Starts at 1."
        )
    )
    created_at: datetime = column(description="When the contact was created.")
    updated_at: datetime = column(description="When the contact last changed.")
    deleted_at: datetime | None = column(description="When the contact was moved to the trash; null outside the trash.")
    purge_at: datetime | None = column(
        description="When the contact will be deleted permanently; null outside the trash."
    )


ContactConnection = Connection[Contact]

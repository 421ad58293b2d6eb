"""Contacts."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import Annotated

import strawberry

from schema.context import Context
from schema.execution import column, computed, relation
from schema.ids import Prefix, encode_many
from schema.inputs.contact_filter import ContactStatus
from schema.pagination import After, Before, Connection, First, Last
from schema.permissions import CanReadCampaigns, CanReadMessages
from schema.scalars import CountryCode, PhoneNumber, StringMap
from schema.types.campaign import Campaign, CampaignContact
from schema.types.contact_list import ContactList
from schema.types.message import Message, MessageDirection
from schema.types.node import Node
from schema.types.numbers import Operator
from schema.types.user import User
from services.ownership import protected_until
from services.phone_numbers import international


@strawberry.enum(description="Why a contact's number can't be messaged.")
class InvalidReason(Enum):
    UNKNOWN_NETWORK = strawberry.enum_value("UNKNOWN_NETWORK", description="No mobile network is known for it.")


def _operator(name: str | None, country: str | None) -> Operator | None:
    return None if name is None else Operator(name=name, country=None if country is None else CountryCode(country))


def _protected_until(context: Context, owned_at: datetime | None, is_owner_active: bool | None) -> datetime | None:
    hours = context.caller.settings.contact_protection_hours
    return protected_until(owned_at=owned_at, is_owner_active=is_owner_active, hours=hours, now=context.now)


@strawberry.type(
    description="A person reachable at one phone number, which no other contact of the account has (the trash aside)."
)
class Contact(Node):
    id: strawberry.ID = column(convert_many=partial(encode_many, Prefix.CONTACT), description="Names the contact.")
    phone: PhoneNumber = column(description="The number.")
    first_name: str | None = column(description="At most 200 characters.")
    last_name: str | None = column(description="At most 200 characters.")
    name: str | None = column("full_name", description="The full name: as given, else first and last name.")
    display_name: str = computed(
        "full_name",
        "phone",
        resolve=lambda full_name, phone: full_name or international(phone),
        description="What to show: the name, else the phone in international form.",
    )
    email: str | None = column(description="At most 254 characters.")
    company_name: str | None = column(description="At most 200 characters.")
    notes: str | None = column(description="At most 10000 characters.")
    tags: list[str] = column(description="Sorted; at most 50, each of 1 to 64 characters.")
    custom_variables: StringMap = column(
        description="At most 100; labels of at most 100, values of at most 2000 characters."
    )
    external_id: str | None = column(
        description="The caller's own id; unique in the account where given, at most 200 characters."
    )
    sender_number: PhoneNumber | None = column(description="The line that messages to this contact leave from.")
    is_opted_out: bool = computed(
        "opted_out_at", resolve=lambda at: at is not None, description="Whether the number may not be messaged."
    )
    opted_out_at: datetime | None = column(description="Since when the number may not be messaged.")
    is_verified: bool = computed(
        "verified_at", resolve=lambda at: at is not None, description="Whether the number is known to be theirs."
    )
    verified_at: datetime | None = column(description="Since when the number is known to be theirs.")
    status: ContactStatus = column(description="Whether the number can be messaged.")
    invalid_reason: InvalidReason | None = column(description="Why it can't, where it can't.")
    operator: Operator | None = computed(
        "operator", "operator_country", resolve=_operator, description="The number's mobile network, where known."
    )
    country: CountryCode | None = column(description="The number's region.")
    time_zones: list[str] = column(description="IANA time zones that the number can lie in.")
    owner: User | None = relation(
        "users_by_id",
        key="owner_id",
        description="The one user to whom the contact belongs; protection runs from ownedAt.",
    )
    owned_at: datetime | None = column(description="When the present owner became the owner.")
    protected_until: datetime | None = computed(
        "owned_at",
        "is_owner_active",
        resolve=_protected_until,
        takes_context=True,
        description="Until when the owner's colleagues should keep off; null where nothing protects it now.",
    )
    assignees: list[User] = relation("assignees_by_contact", description="The users who work on it, sorted by name.")
    lists: list[ContactList] = relation("lists_by_contact", description="The lists that it is on, by name.")
    campaigns: list[Campaign] | None = relation(
        "campaigns_by_contact",
        permission_classes=[CanReadCampaigns],
        description="The campaigns that it is in, newest first.",
    )

    @relation(
        "campaign_contacts_by_contact",
        permission_classes=[CanReadCampaigns],
        description="Its place in each campaign, as they were added.",
    )
    def campaign_contacts(
        first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Connection[CampaignContact] | None: ...

    @relation(
        "messages_by_phone",
        key="phone",
        permission_classes=[CanReadMessages],
        description="The messages with its number, newest first.",
    )
    def messages(
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        direction: Annotated[
            MessageDirection | None, strawberry.argument(description="Only those that went this way.")
        ] = strawberry.UNSET,
    ) -> Connection[Message] | None: ...

    last_inbound_at: datetime | None = column(
        description="When the last message of kind CONVERSATION from its number came."
    )
    last_outbound_at: datetime | None = column(
        description=(
            "When the last message of kind CONVERSATION to its number went out, those aside that are FAILED, DECLINED "
            "or CANCELLED."
        )
    )
    created_at: datetime = column(description="When the contact was made.")
    updated_at: datetime = column(description="When the contact last changed.")
    deleted_at: datetime | None = column(description="Since when it is in the trash.")
    purge_at: datetime | None = column(description="When the trash lets go of it.")


ContactConnection = Connection[Contact]

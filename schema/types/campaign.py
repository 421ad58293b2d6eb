"""Campaigns, their segments and their contacts."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.descriptions import DIRECTION
from schema.execution import column, relation
from schema.ids import IdPrefix, encode_many
from schema.inputs.contact_filter import ContactFilter
from schema.pagination import After, Before, Connection, First, Last, Offset
from schema.permissions import CanReadCampaigns, CanReadContacts, CanReadMessages
from schema.scalars import JSONObject
from schema.types.contact_list import ContactList
from schema.types.message import Channel, Message, MessageDirection
from schema.types.node import Node
from schema.types.user import User

if TYPE_CHECKING:
    from schema.types.contact import Contact


@strawberry.enum(description="State of a campaign. The client moves it forward; the server never starts a campaign.")
class CampaignStatus(Enum):
    DRAFT = strawberry.enum_value("DRAFT", description="In preparation: channel and lists can still change.")
    SCHEDULED = strawberry.enum_value(
        "SCHEDULED", description="Ready to start. The client sets it to RUNNING, at scheduledAt if that is set."
    )
    RUNNING = strawberry.enum_value("RUNNING", description="Started: messages are being sent.")
    PAUSED = strawberry.enum_value("PAUSED", description="Started, but temporarily stopped.")
    COMPLETED = strawberry.enum_value("COMPLETED", description="Finished: it accepts no further contacts.")
    ARCHIVED = strawberry.enum_value("ARCHIVED", description="Finished and moved to the archive.")


@strawberry.type(description="A part of a campaign's contacts with a date.")
class CampaignSegment:
    segment_id: str = column(description="The client's name for the segment, at most 100 characters.")
    scheduled_date: datetime | None = column(description="When the segment is due; null if it has no date.")
    contact_count: int = column(description="Number of the campaign's contacts in the segment.")


@strawberry.type(
    description=(
        "A set of contacts who receive messages for one purpose. The server records messages and does not send them."
    )
)
class Campaign(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.CAMPAIGN), description="Opaque ID of the campaign; starts with cmp_."
    )
    name: str = column(description="Name of the campaign, at most 200 characters. It need not be unique.")
    description: str | None = column(
        longest=2_000, description="Purpose of the campaign, at most 2000 characters; null if unset."
    )
    channel: Channel = column(description="Channel of the campaign's messages.")
    status: CampaignStatus = column(description="State of the campaign, from DRAFT to ARCHIVED.")
    scheduled_at: datetime | None = column(
        description="Planned start; null if unset. The server does not start the campaign."
    )
    lists: list[ContactList] = relation(
        "lists_by_campaign",
        permission_classes=[CanReadContacts],
        description=(
            "Lists, sorted by name, whose members become the campaign's contacts when it leaves DRAFT. Requires the "
            "scope CONTACTS_READ."
        ),
    )
    contact_count: int = column(
        description="Number of the campaign's contacts outside the trash. It is a stored counter and cheap to read."
    )

    @relation(
        "contacts_by_campaign",
        permission_classes=[CanReadCampaigns],
        description="The campaign's contacts, first added first. Requires the scope CAMPAIGNS_READ.",
    )
    def contacts(
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        offset: Offset = strawberry.UNSET,
        search: Annotated[
            str | None,
            strawberry.argument(
                description=(
                    "Returns only contacts with these words in the name, phone, e-mail or company name. Requires the "
                    "scope CONTACTS_READ."
                )
            ),
        ] = strawberry.UNSET,
        segment_id: Annotated[
            str | None, strawberry.argument(description="Returns only contacts of this segment.")
        ] = strawberry.UNSET,
        assignee_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Returns only contacts that this user is to message."),
        ] = strawberry.UNSET,
        is_opted_out: Annotated[
            bool | None,
            strawberry.argument(
                description=(
                    "True: only opted-out numbers. False: only others. Unset: both. Requires the scope CONTACTS_READ."
                )
            ),
        ] = strawberry.UNSET,
        external_id: Annotated[
            str | None,
            strawberry.argument(
                description="Returns only the contact with this external ID. Requires the scope CONTACTS_READ."
            ),
        ] = strawberry.UNSET,
        filter: Annotated[
            ContactFilter | None,
            strawberry.argument(
                description=(
                    "Returns only contacts that match this filter. Contacts in the trash are never returned. Requires "
                    "the scope CONTACTS_READ."
                )
            ),
        ] = strawberry.UNSET,
    ) -> Connection["CampaignContact"]: ...

    segments: list[CampaignSegment] = relation(
        "segments_by_campaign", description="The campaign's segments, sorted by date."
    )

    @relation(
        "messages_by_campaign",
        permission_classes=[CanReadMessages],
        description="The campaign's messages, newest first. Requires the scope MESSAGES_READ.",
    )
    def messages(
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        direction: Annotated[MessageDirection | None, strawberry.argument(description=DIRECTION)] = strawberry.UNSET,
    ) -> Connection[Message] | None: ...

    created_by: User | None = relation(
        "users_by_id",
        key="created_by_id",
        permission_classes=[CanReadContacts],
        description="User who created the campaign; null if an integration did. Requires the scope CONTACTS_READ.",
    )
    created_at: datetime = column(description="When the campaign was created.")
    updated_at: datetime = column(description="When the campaign's fields, status or lists last changed.")


@strawberry.type(description="A contact's entry in one campaign, with the data of that campaign.")
class CampaignContact(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.CAMPAIGN_CONTACT),
        description="Opaque ID of the entry; starts with cct_.",
    )
    campaign: Campaign = relation(
        "campaigns_by_id",
        key="campaign_id",
        permission_classes=[CanReadCampaigns],
        description="Campaign that includes the contact. Requires the scope CAMPAIGNS_READ.",
    )
    contact: Annotated["Contact", strawberry.lazy("schema.types.contact")] = relation(
        "contacts_by_id",
        key="contact_id",
        permission_classes=[CanReadContacts],
        description="Contact of this entry. Requires the scope CONTACTS_READ.",
    )
    name: str | None = column(
        permission_classes=[CanReadContacts],
        description="Name to use in this campaign; null if unset. Requires the scope CONTACTS_READ.",
    )
    context: str | None = column(
        longest=10_000, description="Free text for the person or program that talks with the contact; null if unset."
    )
    extracted_data: JSONObject = column(
        longest=65_536, description="Other data from the campaign's source; empty if there is none."
    )
    external_id: str | None = column(description="The client's ID for this row (f_id); null if unset.")
    assignee: User | None = relation(
        "users_by_id",
        key="assignee_id",
        permission_classes=[CanReadContacts],
        description="User who is to message the contact; null if there is none. Requires the scope CONTACTS_READ.",
    )
    segment_id: str | None = column(description="Segment of the contact in the campaign; null if none.")
    created_at: datetime = column(description="When the contact was added to the campaign.")
    updated_at: datetime = column(description="When the entry last changed.")


CampaignConnection = Connection[Campaign]
CampaignContactConnection = Connection[CampaignContact]

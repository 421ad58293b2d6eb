"""Campaigns, and the contacts in them."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.execution import column, relation
from schema.ids import Prefix, encode_many
from schema.pagination import After, Before, Connection, First, Last, Offset
from schema.permissions import CanReadContacts, CanReadMessages
from schema.scalars import JSONObject
from schema.types.contact_list import ContactList
from schema.types.message import Channel, Message, MessageDirection
from schema.types.node import Node
from schema.types.user import User

if TYPE_CHECKING:
    from schema.types.contact import Contact


@strawberry.enum(description="How far a campaign is.")
class CampaignStatus(Enum):
    DRAFT = strawberry.enum_value("DRAFT", description="Being prepared.")
    SCHEDULED = strawberry.enum_value(
        "SCHEDULED", description="Ready: to be set to RUNNING, at scheduledAt where there is one."
    )
    RUNNING = strawberry.enum_value("RUNNING", description="Under way: messages are being sent.")
    PAUSED = strawberry.enum_value("PAUSED", description="Under way, but held.")
    COMPLETED = strawberry.enum_value("COMPLETED", description="Over: it takes no more contacts.")
    ARCHIVED = strawberry.enum_value("ARCHIVED", description="Over, and put away.")


@strawberry.type(description="A dated slice of a campaign's contacts.")
class CampaignSegment:
    segment_id: str = column(description="The caller's own name for it.")
    scheduled_date: datetime | None = column(description="When it is due.")
    contact_count: int = column(description="How many of the campaign's contacts are in it.")


@strawberry.type(description="Something that is messaged to many.")
class Campaign(Node):
    id: strawberry.ID = column(convert_many=partial(encode_many, Prefix.CAMPAIGN), description="Names the campaign.")
    name: str = column(description="What people call it; at most 200 characters. Need not be unique.")
    description: str | None = column(description="What it is for; at most 2000 characters.")
    channel: Channel = column(description="The way its messages take.")
    status: CampaignStatus = column(description="How far it is.")
    scheduled_at: datetime | None = column(description="When it is to start; nothing starts by itself.")
    lists: list[ContactList] = relation(
        "lists_by_campaign",
        description="Its sources, by name: lists whose members become its contacts when it leaves DRAFT.",
    )
    contact_count: int = column(description="Its contacts outside the trash; kept with each change.")

    @relation("contacts_by_campaign", description="Its contacts, as they were added.")
    def contacts(
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        offset: Offset = strawberry.UNSET,
        search: Annotated[
            str | None, strawberry.argument(description="Part of the name, phone, email or company name.")
        ] = strawberry.UNSET,
        segment_id: Annotated[str | None, strawberry.argument(description="Of this segment.")] = strawberry.UNSET,
        assignee_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="For this user.")
        ] = strawberry.UNSET,
        is_opted_out: Annotated[
            bool | None, strawberry.argument(description="Whether the number has opted out.")
        ] = strawberry.UNSET,
    ) -> Connection["CampaignContact"]: ...

    segments: list[CampaignSegment] = relation("segments_by_campaign", description="Its dated slices, by date.")

    @relation("messages_by_campaign", permission_classes=[CanReadMessages], description="Its messages, newest first.")
    def messages(
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        direction: Annotated[
            MessageDirection | None, strawberry.argument(description="Only those that went this way.")
        ] = strawberry.UNSET,
    ) -> Connection[Message] | None: ...

    created_by: User | None = relation("users_by_id", key="created_by_id", description="Who made it.")
    created_at: datetime = column(description="When it was made.")
    updated_at: datetime = column(description="When its own fields, its status or its lists last changed.")


@strawberry.type(description="A contact's place in one campaign, with what that campaign knows of it.")
class CampaignContact(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, Prefix.CAMPAIGN_CONTACT), description="Names this place."
    )
    campaign: Campaign = relation("campaigns_by_id", key="campaign_id", description="The campaign.")
    contact: Annotated["Contact", strawberry.lazy("schema.types.contact")] = relation(
        "contacts_by_id", key="contact_id", permission_classes=[CanReadContacts], description="The contact."
    )
    name: str | None = column(description="The name to use in this campaign.")
    context: str | None = column(description="Free text for whoever, or whatever, speaks with the contact.")
    extracted_data: JSONObject = column(description="What the campaign's source held besides.")
    external_id: str | None = column(description="The caller's own id for this row (f_id).")
    assignee: User | None = relation("users_by_id", key="assignee_id", description="For whom the contact is messaged.")
    segment_id: str | None = column(description="The slice that it is in.")
    created_at: datetime = column(description="When it was added.")
    updated_at: datetime = column(description="When it last changed.")


CampaignConnection = Connection[Campaign]
CampaignContactConnection = Connection[CampaignContact]

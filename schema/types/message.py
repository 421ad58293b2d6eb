"""Messages: recorded, never sent, by this server."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.execution import column, relation
from schema.ids import Prefix, encode_many
from schema.pagination import Connection
from schema.permissions import CanReadCampaigns, CanReadContacts
from schema.scalars import PhoneNumber
from schema.types.node import Node
from schema.types.user import User

if TYPE_CHECKING:
    from schema.types.campaign import Campaign
    from schema.types.contact import Contact


@strawberry.enum(description="Which way a message went.")
class MessageDirection(Enum):
    INBOUND = strawberry.enum_value("INBOUND", description="From the person.")
    OUTBOUND = strawberry.enum_value("OUTBOUND", description="To the person.")


@strawberry.enum(
    description=(
        "How far a message got. Reports move it on along QUEUED, ACCEPTED, SENT, DELIVERED, READ, and never back. "
        "FAILED, DECLINED and CANCELLED are the end of one that has not arrived."
    )
)
class MessageStatus(Enum):
    QUEUED = strawberry.enum_value("QUEUED", description="Waits to be sent.")
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="Taken by the provider.")
    SENT = strawberry.enum_value("SENT", description="On its way.")
    DELIVERED = strawberry.enum_value("DELIVERED", description="Arrived.")
    READ = strawberry.enum_value("READ", description="Was seen.")
    FAILED = strawberry.enum_value("FAILED", description="Did not arrive.")
    DECLINED = strawberry.enum_value("DECLINED", description="Was refused by the provider.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="Was called back.")
    RECEIVED = strawberry.enum_value("RECEIVED", description="Came in.")


@strawberry.enum(description="What a message was for.")
class MessageKind(Enum):
    CONVERSATION = strawberry.enum_value(
        "CONVERSATION", description="Between two sides. The one kind that classification counts."
    )
    VERIFICATION = strawberry.enum_value("VERIFICATION", description="To verify the contact.")
    GROUP = strawberry.enum_value("GROUP", description="In a group.")


@strawberry.enum(description="The way a message takes.")
class Channel(Enum):
    SMS = strawberry.enum_value("SMS", description="Text message.")
    WHATSAPP = strawberry.enum_value("WHATSAPP", description="WhatsApp.")
    EMAIL = strawberry.enum_value("EMAIL", description="E-mail.")
    VOICE = strawberry.enum_value("VOICE", description="A call.")


@strawberry.type(description="A message that was reported to this server.")
class Message(Node):
    id: strawberry.ID = column(convert_many=partial(encode_many, Prefix.MESSAGE), description="Names the message.")
    phone: PhoneNumber = column(description="The person's number.")
    contact: Annotated["Contact", strawberry.lazy("schema.types.contact")] | None = relation(
        "contacts_by_phone",
        key="phone",
        permission_classes=[CanReadContacts],
        description="The contact outside the trash that has the number.",
    )
    campaign: Annotated["Campaign", strawberry.lazy("schema.types.campaign")] | None = relation(
        "campaigns_by_id",
        key="campaign_id",
        permission_classes=[CanReadCampaigns],
        description="The campaign that it was part of.",
    )
    user: User | None = relation("users_by_id", key="user_id", description="Who wrote it, on this side.")
    direction: MessageDirection = column(description="Which way it went.")
    status: MessageStatus = column(description="How far it got.")
    kind: MessageKind = column(description="What it was for.")
    channel: Channel = column(description="The way it took.")
    body: str | None = column(description="Its text.")
    external_id: str | None = column(
        description="The provider's id: each is recorded once, and a later report of it moves the status on."
    )
    occurred_at: datetime = column(description="When it was sent or came in.")


MessageConnection = Connection[Message]

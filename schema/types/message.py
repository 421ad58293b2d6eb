"""Recorded messages. This server does not send any."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.execution import column, relation
from schema.ids import IdPrefix, encode_many
from schema.pagination import Connection
from schema.permissions import CanReadCampaigns, CanReadContacts
from schema.scalars import PhoneNumber
from schema.types.node import Node
from schema.types.user import User

if TYPE_CHECKING:
    from schema.types.campaign import Campaign
    from schema.types.contact import Contact


@strawberry.enum(description="Direction of a message, seen from this account.")
class MessageDirection(Enum):
    INBOUND = strawberry.enum_value("INBOUND", description="From the person to the account.")
    OUTBOUND = strawberry.enum_value("OUTBOUND", description="From the account to the person.")


@strawberry.enum(
    description=(
        "Delivery status of a message. Reports move it forward along QUEUED, ACCEPTED, SENT, DELIVERED, READ, and "
        "never back. FAILED, DECLINED and CANCELLED are final for a message that has not arrived."
    )
)
class MessageStatus(Enum):
    QUEUED = strawberry.enum_value("QUEUED", description="The message is waiting to be sent.")
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="The provider accepted the message.")
    SENT = strawberry.enum_value("SENT", description="The provider sent the message.")
    DELIVERED = strawberry.enum_value("DELIVERED", description="The message reached the recipient.")
    READ = strawberry.enum_value("READ", description="The recipient opened the message.")
    FAILED = strawberry.enum_value("FAILED", description="The message could not be delivered.")
    DECLINED = strawberry.enum_value("DECLINED", description="The provider refused the message.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="The message was cancelled before it arrived.")
    RECEIVED = strawberry.enum_value("RECEIVED", description="The account received the message (inbound).")


@strawberry.enum(description="Purpose of a message. Only CONVERSATION counts in a campaign review.")
class MessageKind(Enum):
    CONVERSATION = strawberry.enum_value(
        "CONVERSATION", description="A conversation between the account and one person."
    )
    VERIFICATION = strawberry.enum_value("VERIFICATION", description="A message to verify the contact.")
    GROUP = strawberry.enum_value("GROUP", description="A message in a group conversation.")


@strawberry.enum(description="Channel that a message or campaign uses.")
class Channel(Enum):
    SMS = strawberry.enum_value("SMS", description="Text message to the phone number.")
    WHATSAPP = strawberry.enum_value("WHATSAPP", description="WhatsApp message to the phone number.")
    EMAIL = strawberry.enum_value("EMAIL", description="E-mail to the contact's address.")
    VOICE = strawberry.enum_value("VOICE", description="Voice call to the phone number.")


@strawberry.type(description="A message that a client reported. This server records messages and never sends them.")
class Message(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.MESSAGE), description="Opaque ID of the message; starts with msg_."
    )
    phone: PhoneNumber = column("number", description="Phone number of the person, as E.164.")
    contact: Annotated["Contact", strawberry.lazy("schema.types.contact")] | None = relation(
        "contacts_by_phone",
        key="phone",
        permission_classes=[CanReadContacts],
        description="Contact outside the trash with this number; null if none. Requires the scope CONTACTS_READ.",
    )
    campaign: Annotated["Campaign", strawberry.lazy("schema.types.campaign")] | None = relation(
        "campaigns_by_id",
        key="campaign_id",
        permission_classes=[CanReadCampaigns],
        description="Campaign that the message belongs to; null if none. Requires the scope CAMPAIGNS_READ.",
    )
    user: User | None = relation(
        "users_by_id",
        key="user_id",
        permission_classes=[CanReadContacts],
        description=(
            "User of the account who wrote the message; null if none was reported. Requires the scope CONTACTS_READ."
        ),
    )
    direction: MessageDirection = column(description="INBOUND from the person, OUTBOUND to the person.")
    status: MessageStatus = column(description="Delivery status, from the latest report.")
    kind: MessageKind = column(description="Purpose of the message: conversation, verification or group.")
    channel: Channel = column(description="Channel that the message used.")
    body: str | None = column(
        longest=100_000, description="Text of the message, at most 100000 characters; null if none was reported."
    )
    external_id: str | None = column(
        description=(
            "The provider's ID; null if none was reported. A later report with the same ID updates the status of this "
            "message."
        )
    )
    occurred_at: datetime = column(description="When the message was sent or received.")
    needs_review: bool = column(
        description=(
            "True if an inbound text contains a word of consent, such as STOP, among other words. The server did not "
            "change the number's consent, so a person should read the message."
        )
    )


MessageConnection = Connection[Message]

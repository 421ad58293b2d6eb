"""Inputs that record messages."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from schema.descriptions import ANY_PHONE, REGION
from schema.execution import BatchRow
from schema.scalars import CountryCode, PhoneNumber
from schema.types.message import Channel, MessageDirection, MessageKind, MessageStatus

MAX_MESSAGES = 1000


@strawberry.input(description="A message that was sent or received outside this server.")
class MessageInput(BatchRow):
    phone: PhoneNumber | None = strawberry.field(
        default=UNSET, description=f"{ANY_PHONE} Unset, null or blank: MISSING_CONTACT."
    )
    region: CountryCode | None = strawberry.field(default=UNSET, description=REGION)
    direction: MessageDirection = strawberry.field(description="INBOUND from the person, OUTBOUND to the person.")
    status: MessageStatus | None = strawberry.field(
        default=UNSET,
        description=(
            "Delivery status. If unset, a new message becomes RECEIVED (inbound) or SENT (outbound), and an existing "
            "one stays unchanged."
        ),
    )
    kind: MessageKind = strawberry.field(
        default=MessageKind.CONVERSATION, description="Purpose of the message: conversation, verification or group."
    )
    channel: Channel = strawberry.field(default=Channel.SMS, description="Channel that the message used.")
    body: str | None = strawberry.field(default=UNSET, description="Text of the message, at most 100000 characters.")
    external_id: str | None = strawberry.field(
        default=UNSET,
        description=(
            "The provider's ID, at most 200 characters; each ID is recorded once. Without an ID each report creates a "
            "message."
        ),
    )
    campaign_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="ID of the campaign that the message belongs to."
    )
    user_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="ID of the user of the account who wrote the message."
    )
    occurred_at: datetime | None = strawberry.field(
        default=UNSET,
        description="When the message was sent or received, at most one day in the future; the current time if unset.",
    )


@strawberry.input(description="Messages to record in one call.")
class RecordMessagesInput:
    messages: list[MessageInput] = strawberry.field(
        description="1 to 1000 messages, processed in order. A bad message does not affect the others."
    )

"""Messages as they are reported."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from schema.scalars import CountryCode, PhoneNumber
from schema.types.message import Channel, MessageDirection, MessageKind, MessageStatus

MAX_MESSAGES = 1000


@strawberry.input(description="A message that was sent or came in.")
class MessageInput:
    phone: PhoneNumber = strawberry.field(description="The person's number, a contact's or not, in any written form.")
    region: CountryCode | None = strawberry.field(
        default=UNSET, description="For a phone without a country code; the account's where absent."
    )
    direction: MessageDirection = strawberry.field(description="Which way it went.")
    status: MessageStatus | None = strawberry.field(
        default=UNSET,
        description=(
            "How far it got. Where absent, a new message is RECEIVED or SENT, and one that was recorded before stays "
            "as it is."
        ),
    )
    kind: MessageKind = strawberry.field(default=MessageKind.CONVERSATION, description="What it was for.")
    channel: Channel = strawberry.field(default=Channel.SMS, description="The way it took.")
    body: str | None = strawberry.field(default=UNSET, description="Its text, at most 100000 characters.")
    external_id: str | None = strawberry.field(
        default=UNSET,
        description=(
            "The provider's id, at most 200 characters: each is recorded once. Without one each report is new."
        ),
    )
    campaign_id: strawberry.ID | None = strawberry.field(default=UNSET, description="The campaign that it was part of.")
    user_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Who wrote it, on this side.")
    occurred_at: datetime | None = strawberry.field(
        default=UNSET, description="When it was sent or came in; now where absent, and at most a day ahead of it."
    )


@strawberry.input(description="Messages to record.")
class RecordMessagesInput:
    messages: list[MessageInput] = strawberry.field(
        description="1 to 1000, each on its own; they act in their order, as if one by one."
    )

"""Webhook endpoints, their events and deliveries."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import Annotated, Any

import orjson
import strawberry

from schema.execution import column, computed, loaded_by, relation
from schema.ids import IdPrefix, encode_many
from schema.pagination import After, Connection, First
from schema.permissions import CanReadCampaigns, CanReadContacts, CanReadMessages, IsAdmin
from schema.scalars import JSONObject
from schema.types.account import Account
from schema.types.api_token import ApiToken
from schema.types.campaign import Campaign, CampaignStatus
from schema.types.contact import Contact
from schema.types.contact_list import ContactList
from schema.types.job import Job
from schema.types.message import Message
from schema.types.node import Node
from schema.types.opt_out import OptOut
from schema.types.user import User
from services.webhooks.endpoints import MAX_SELECTION
from services.webhooks.queue import MAX_PAYLOAD


@strawberry.enum(
    description=(
        "Type of an event. In a payload, the type is in lower case and its first underscore is a full stop: "
        "contact.opted_out. A mutation that changes one contact sends an event about it. One that changes several, and "
        "a job, send one CONTACTS_CHANGED_IN_BULK."
    )
)
class EventType(Enum):
    CONTACT_CREATED = strawberry.enum_value("CONTACT_CREATED", description="A mutation created one contact.")
    CONTACT_UPDATED = strawberry.enum_value(
        "CONTACT_UPDATED", description="A mutation changed one contact; `changedFields` names the fields if known."
    )
    CONTACT_TRASHED = strawberry.enum_value("CONTACT_TRASHED", description="A contact was moved to the trash.")
    CONTACT_RESTORED = strawberry.enum_value("CONTACT_RESTORED", description="A contact was restored from the trash.")
    CONTACT_PURGED = strawberry.enum_value("CONTACT_PURGED", description="A contact was deleted permanently.")
    CONTACT_OPTED_OUT = strawberry.enum_value(
        "CONTACT_OPTED_OUT", description="A number opted out, with or without a contact. One event for each number."
    )
    CONTACT_OPTED_IN = strawberry.enum_value(
        "CONTACT_OPTED_IN", description="The opt-out of a number was lifted. One event for each number."
    )
    CONTACT_VERIFICATION_REQUESTED = strawberry.enum_value(
        "CONTACT_VERIFICATION_REQUESTED", description="verifyContact asks for a verification message to a contact."
    )
    CONTACTS_CHANGED_IN_BULK = strawberry.enum_value(
        "CONTACTS_CHANGED_IN_BULK",
        description="A mutation or a job changed several contacts; `count` says how many, `job` which job it was.",
    )
    LIST_CREATED = strawberry.enum_value("LIST_CREATED", description="A contact list was created.")
    LIST_UPDATED = strawberry.enum_value(
        "LIST_UPDATED", description="The name or the description of a contact list was changed."
    )
    LIST_DELETED = strawberry.enum_value("LIST_DELETED", description="A contact list was deleted.")
    CAMPAIGN_CREATED = strawberry.enum_value("CAMPAIGN_CREATED", description="A campaign was created, in DRAFT.")
    CAMPAIGN_UPDATED = strawberry.enum_value(
        "CAMPAIGN_UPDATED", description="A campaign's own fields or lists were changed, but not only its status."
    )
    CAMPAIGN_DELETED = strawberry.enum_value(
        "CAMPAIGN_DELETED", description="A campaign was deleted; its contacts are kept."
    )
    CAMPAIGN_STATUS_CHANGED = strawberry.enum_value(
        "CAMPAIGN_STATUS_CHANGED", description="A campaign moved from `previousStatus` to another status."
    )
    CAMPAIGN_CONTACTS_CHANGED = strawberry.enum_value(
        "CAMPAIGN_CONTACTS_CHANGED",
        description="Contacts were added to a campaign, changed in it or removed from it; `count` says how many.",
    )
    MESSAGE_RECORDED = strawberry.enum_value(
        "MESSAGE_RECORDED", description="A message was recorded, or a report changed its status. One for each message."
    )
    JOB_FINISHED = strawberry.enum_value("JOB_FINISHED", description="A job completed, failed or was cancelled.")
    WEBHOOK_ENDPOINT_DISABLED = strawberry.enum_value(
        "WEBHOOK_ENDPOINT_DISABLED", description="Another webhook endpoint of the account was switched off."
    )
    WEBHOOK_TEST = strawberry.enum_value("WEBHOOK_TEST", description="The mutation testWebhookEndpoint made the event.")


@strawberry.type(
    description=(
        "An event of an account. A webhook endpoint's `selection` is a selection of its fields. An object that no "
        "longer exists, or that the endpoint's token may not read, is null; its id stays."
    )
)
class WebhookEvent:
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.EVENT),
        description="ID of the event; starts with evt_. The header webhook-id has it. node does not accept it.",
    )
    type: EventType = column(description="Type of the event: what happened.")
    occurred_at: datetime = column(description="When the request that caused the event began, or when a job ended.")
    account: Account = relation(
        "accounts_by_id", key="account_id", description="The account of the event as it is now."
    )
    contact_id: strawberry.ID | None = column(
        convert_many=partial(encode_many, IdPrefix.CONTACT),
        description="ID of the contact; null if the event is not about one contact.",
    )
    contact: Contact | None = relation(
        "contacts_by_id",
        key="contact_id",
        permission_classes=[CanReadContacts],
        description="The contact as it is now; null if it was purged. Requires the scope CONTACTS_READ.",
    )
    contact_list_id: strawberry.ID | None = column(
        convert_many=partial(encode_many, IdPrefix.CONTACT_LIST),
        description="ID of the contact list; null if the event is not about one.",
    )
    contact_list: ContactList | None = relation(
        "contact_lists_by_id",
        key="contact_list_id",
        permission_classes=[CanReadContacts],
        description="The list as it is now; null if it was deleted. Requires the scope CONTACTS_READ.",
    )
    campaign_id: strawberry.ID | None = column(
        convert_many=partial(encode_many, IdPrefix.CAMPAIGN),
        description="ID of the campaign; null if the event is not about one.",
    )
    campaign: Campaign | None = relation(
        "campaigns_by_id",
        key="campaign_id",
        permission_classes=[CanReadCampaigns],
        description="The campaign as it is now; null if it was deleted. Requires the scope CAMPAIGNS_READ.",
    )
    previous_status: CampaignStatus | None = column(
        description="Status that a campaign left; null for other types than CAMPAIGN_STATUS_CHANGED."
    )
    message_id: strawberry.ID | None = column(
        convert_many=partial(encode_many, IdPrefix.MESSAGE),
        description="ID of the message; null if the event is not about one.",
    )
    message: Message | None = relation(
        "messages_by_id",
        key="message_id",
        permission_classes=[CanReadMessages],
        description="The message as it is now; null if its number was purged. Requires the scope MESSAGES_READ.",
    )
    job_id: strawberry.ID | None = column(
        convert_many=partial(encode_many, IdPrefix.JOB),
        description="ID of the background job; null if the event is not about one.",
    )
    job: Job | None = relation(
        "jobs_by_id",
        key="job_id",
        permission_classes=[CanReadContacts],
        description="The job as it is now; null if it was deleted. Requires the scope CONTACTS_READ.",
    )
    opt_out: OptOut | None = relation(
        "opt_outs_by_phone",
        key="phone",
        permission_classes=[CanReadContacts],
        description=(
            "Consent state of the number now; null for other types than CONTACT_OPTED_OUT and CONTACT_OPTED_IN. "
            "Requires the scope CONTACTS_READ."
        ),
    )
    changed_fields: list[str] = column(
        description="For CONTACT_UPDATED, the fields of Contact that changed; empty for other types."
    )
    count: int | None = column(description="Number of contacts that a change of several affected; null otherwise.")
    user: User | None = relation(
        "users_by_id",
        key="user_id",
        permission_classes=[CanReadContacts],
        description="User who caused the event; null if none did. Requires the scope CONTACTS_READ.",
    )
    token: ApiToken | None = relation(
        "api_tokens_by_id",
        key="token_id",
        permission_classes=[IsAdmin],
        description="Token that caused the event; null for a job or a caller by JWT. Requires the scope ADMIN.",
    )


@strawberry.enum(description="Reason why an endpoint is switched off. updateWebhookEndpoint switches it on again.")
class WebhookDisabledReason(Enum):
    BY_USER = strawberry.enum_value("BY_USER", description="The mutation updateWebhookEndpoint switched it off.")
    GONE = strawberry.enum_value("GONE", description="The receiver answered with status 410.")
    FAILING = strawberry.enum_value("FAILING", description="The receiver took nothing for three days.")
    TOKEN_ENDED = strawberry.enum_value(
        "TOKEN_ENDED", description="The endpoint's token expired or was revoked, or its user was deactivated."
    )
    SELECTION_INVALID = strawberry.enum_value(
        "SELECTION_INVALID", description="The selection does not fit the schema after an upgrade of the server."
    )


@strawberry.enum(description="State of the delivery of an event to a webhook endpoint.")
class DeliveryStatus(Enum):
    PENDING = strawberry.enum_value("PENDING", description="To be sent, for the first time or again.")
    DELIVERED = strawberry.enum_value("DELIVERED", description="The receiver accepted it with a status of 2xx.")
    FAILED = strawberry.enum_value(
        "FAILED", description="Given up after three days, or because the endpoint was switched off."
    )


_OF_PAYLOADS = (CanReadContacts, CanReadCampaigns, CanReadMessages)
"""A payload can have anything that the endpoint's token may read."""


def _payload(body: str | None) -> Any:
    return None if body is None else orjson.loads(body)


@strawberry.type(description="An event on its way to one webhook endpoint. The server keeps it for seven days.")
class WebhookDelivery(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.WEBHOOK_DELIVERY),
        description="Opaque ID of the delivery; starts with dlv_.",
    )
    event_id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.EVENT),
        description="ID of the event, which the header webhook-id has; the same for each attempt and each endpoint.",
    )
    event_type: EventType = column(description="Type of the event: what happened.")
    status: DeliveryStatus = column(
        description="State of the delivery: pending, accepted by the receiver, or given up."
    )
    attempt_count: int = column(description="Number of attempts so far, including those after a redelivery.")
    payload: JSONObject | None = column(
        "body",
        convert=_payload,
        longest=MAX_PAYLOAD,
        permission_classes=_OF_PAYLOADS,
        description=(
            "Body as sent, at most 256 KB; null before the first attempt, and after a purge of its contact. Requires "
            "the scopes CONTACTS_READ, CAMPAIGNS_READ and MESSAGES_READ."
        ),
    )
    response_status: int | None = column(
        description="HTTP status of the last answer; null if the receiver has not answered."
    )
    response_body: str | None = column(
        permission_classes=_OF_PAYLOADS,
        description=(
            "First 1024 bytes of the last answer; null if the receiver has not answered. Requires the scopes of "
            "`payload`."
        ),
    )
    error: str | None = column(description="Reason why the last attempt failed; null if it did not.")
    duration_ms: int | None = column(description="Duration of the last attempt in milliseconds; null before the first.")
    last_attempt_at: datetime | None = column(description="When the last attempt ended; null before the first.")
    next_attempt_at: datetime | None = column(
        "due_at", description="When the server sends it again at the earliest; null unless it is PENDING."
    )
    created_at: datetime = column(description="When the event happened, or when a test was made.")


WebhookDeliveryConnection = Connection[WebhookDelivery]


def _former_expiry(context: Any, expires_at: datetime | None) -> datetime | None:
    return expires_at if expires_at is not None and expires_at > context.now else None


@strawberry.type(
    description=(
        "An address that receives the account's events. docs/webhooks.md explains the requests and their signatures."
    )
)
class WebhookEndpoint(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.WEBHOOK_ENDPOINT),
        description="Opaque ID of the endpoint; starts with whe_.",
    )
    url: str = column(description="URL that receives the events, at most 2000 characters.")
    description: str | None = column(description="Purpose of the endpoint, at most 200 characters; null if unset.")
    event_types: list[EventType] = column(description="Types of the events that the endpoint receives, at least one.")
    selection: str | None = column(
        longest=MAX_SELECTION,
        description=(
            "Selection set on WebhookEvent, in braces, that defines the payload; at most 20000 characters. If null, "
            "the payload has the id, the type, occurredAt and the ids of the objects."
        ),
    )
    token: ApiToken | None = relation(
        "api_tokens_by_id",
        key="token_id",
        description="Token with whose rights payloads are read; null for a caller by JWT, then createdBy's rights.",
    )
    is_ordered: bool = column(description="True if events about one contact are sent one after another.")
    is_active: bool = computed(
        "disabled_at", resolve=lambda disabled_at: disabled_at is None, description="False if it is switched off."
    )
    disabled_at: datetime | None = column(description="When the endpoint was switched off; null if it is active.")
    disabled_reason: WebhookDisabledReason | None = column(
        description="Why the endpoint was switched off; null if it is active."
    )
    failing_since: datetime | None = column(
        description="Since when the receiver has accepted nothing; null if it accepted the last attempt."
    )
    former_secret_expires_at: datetime | None = computed(
        "former_secret_expires_at",
        resolve=_former_expiry,
        takes_context=True,
        description="Until when the former secret signs as well; null if only the present one signs.",
    )

    @loaded_by(
        "deliveries_by_endpoint",
        key="id",
        description="Pages of the endpoint's deliveries of the last seven days, newest first.",
    )
    def deliveries(
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        statuses: Annotated[
            list[DeliveryStatus] | None,
            strawberry.argument(description="Returns only deliveries with one of these statuses; all if unset."),
        ] = strawberry.UNSET,
    ) -> WebhookDeliveryConnection: ...

    created_by: User | None = relation(
        "users_by_id",
        key="created_by_id",
        permission_classes=[CanReadContacts],
        description="User who created the endpoint; null for an integration. Requires the scope CONTACTS_READ.",
    )
    created_at: datetime = column(description="When the endpoint was created.")
    updated_at: datetime = column(description="When the endpoint was last changed or switched off.")


WebhookEndpointConnection = Connection[WebhookEndpoint]

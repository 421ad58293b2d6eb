"""The subscription type. Each field is one entry, so that the type reads like SDL."""

from collections.abc import AsyncGenerator

import strawberry

from resolvers.subscriptions import root_fields as subscription_resolvers
from schema.permissions import CanReadCampaigns, CanReadContacts, CanReadMessages
from schema.types.campaign import Campaign
from schema.types.contact_change import ContactChange
from schema.types.job import Job
from schema.types.message import Message


@strawberry.type(
    description=(
        "Real-time updates, over a WebSocket (graphql-transport-ws) or as server-sent events. A subscription ends when "
        "its token ends. Changes made while the client is not connected are not sent later: query the data again after "
        "connecting. A client that is too slow gets an error and the end of the subscription, or a BULK change."
    )
)
class Subscription:
    job_progress: AsyncGenerator[Job, None] = strawberry.subscription(
        resolver=subscription_resolvers.job_progress,
        permission_classes=[CanReadContacts],
        description=(
            "Sends the job's state immediately and after each step, at most four times a second, until the job has "
            "ended."
        ),
    )
    contact_changed: AsyncGenerator[ContactChange, None] = strawberry.subscription(
        resolver=subscription_resolvers.contact_changed,
        permission_classes=[CanReadContacts],
        description=(
            "Sends changes of the account's contacts from now on: of their fields, owner, assignees, tags, lists, "
            "campaigns, verification, opt-out and last messages, but not of a contact's data in campaigns. An account "
            "can have at most 200 different filters at a time. Changes made while the client is not connected are not "
            "sent later: query the contacts again after connecting."
        ),
    )
    campaign_changed: AsyncGenerator[Campaign, None] = strawberry.subscription(
        resolver=subscription_resolvers.campaign_changed,
        permission_classes=[CanReadCampaigns],
        description=(
            "Sends the campaign immediately and after each change of its fields, status, lists, segments and counts, "
            "at most four times a second. Ends when the campaign is deleted. Changes of a contact's data in the "
            "campaign are not sent. Requires the scope CAMPAIGNS_READ."
        ),
    )
    jobs_changed: AsyncGenerator[Job, None] = strawberry.subscription(
        resolver=subscription_resolvers.jobs_changed,
        permission_classes=[CanReadContacts],
        description=(
            "Sends the account's jobs from now on: when they are created, after their steps and when they end, each at "
            "most four times a second. Requires the scope CONTACTS_READ."
        ),
    )
    message_recorded: AsyncGenerator[Message, None] = strawberry.subscription(
        resolver=subscription_resolvers.message_recorded,
        permission_classes=[CanReadMessages],
        description=(
            "Sends messages from now on: when they are recorded, and when a report changes their status. All arguments "
            "that are set must match. Requires the scope MESSAGES_READ."
        ),
    )

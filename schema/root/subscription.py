"""The subscription type. Each field is one entry, so that the type reads like SDL."""

from collections.abc import AsyncGenerator

import strawberry

from resolvers.subscriptions import root_fields as subscription_resolvers
from schema.permissions import (
    CanReadContacts,
)
from schema.types.contact_change import ContactChange
from schema.types.job import Job


@strawberry.type(
    description=(
        "Real-time updates, over a WebSocket (graphql-transport-ws) or as server-sent events. A subscription ends when "
        "its token ends. Fields require the scope CONTACTS_READ."
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

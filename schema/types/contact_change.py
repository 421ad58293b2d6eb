"""Events of the subscription `contactChanged`."""

from datetime import datetime
from enum import Enum
from functools import partial

import strawberry

from schema.execution import column, relation
from schema.ids import IdPrefix, encode_many
from schema.types.contact import Contact


@strawberry.enum(
    description=(
        "Type of a change. LEFT: the contact matched the filter before the change and no longer does. BULK: one event "
        "for all changes of a job or bulk mutation; contactId is null and count is the number of contacts."
    )
)
class ChangeKind(Enum):
    CREATED = strawberry.enum_value("CREATED", description="A new contact that matches the filter.")
    UPDATED = strawberry.enum_value(
        "UPDATED",
        description=(
            "The contact's fields, owner, assignees, tags, lists, campaigns, verification, opt-out or last messages "
            "changed, and it matches the filter now. It may not have matched before."
        ),
    )
    TRASHED = strawberry.enum_value(
        "TRASHED", description="The contact was moved to the trash, and the filter includes the trash."
    )
    RESTORED = strawberry.enum_value(
        "RESTORED", description="The contact was restored from the trash and matches the filter now."
    )
    PURGED = strawberry.enum_value(
        "PURGED", description="The contact was deleted permanently; it matched the filter before."
    )
    LEFT = strawberry.enum_value(
        "LEFT", description="The contact matched the filter before the change and no longer does."
    )
    BULK = strawberry.enum_value(
        "BULK",
        description=(
            "One mutation or job changed several contacts. Sent once, after the change is complete, regardless of the "
            "filter. It also replaces queued events of a slow client."
        ),
    )


@strawberry.type(description="A change of one contact, or of many at once.")
class ContactChange:
    kind: ChangeKind = column(description="Type of the change, relative to the subscription's filter.")
    contact_id: strawberry.ID | None = column(
        convert_many=partial(encode_many, IdPrefix.CONTACT), description="ID of the changed contact; null for BULK."
    )
    contact: Contact | None = relation(
        "contacts_by_id",
        key="contact_id",
        description="The contact in its current state; null for BULK and after a purge.",
    )
    count: int = column(description="Number of changed contacts; 1 for all kinds except BULK.")
    occurred_at: datetime = column(description="When the change was made.")

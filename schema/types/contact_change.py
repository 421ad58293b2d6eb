"""What subscribers are told of changes of contacts."""

from datetime import datetime
from enum import Enum
from functools import partial

import strawberry

from schema.execution import column, relation
from schema.ids import Prefix, encode_many
from schema.types.contact import Contact


@strawberry.enum(
    description=(
        "LEFT: it matched the filter before the change and does not now. BULK: one event for all that a job or bulk "
        "change did; contactId is null, count says how many."
    )
)
class ChangeKind(Enum):
    CREATED = strawberry.enum_value("CREATED", description="A new contact that matches.")
    UPDATED = strawberry.enum_value(
        "UPDATED",
        description=(
            "Its fields, owner, assignees, tags, lists, campaigns, verification, opt-out or last messages have "
            "changed, and it matches now; maybe it did not before."
        ),
    )
    TRASHED = strawberry.enum_value("TRASHED", description="It went into the trash, and the filter looks there, too.")
    RESTORED = strawberry.enum_value("RESTORED", description="It came out of the trash, and matches now.")
    PURGED = strawberry.enum_value("PURGED", description="It is deleted for good, and matched before.")
    LEFT = strawberry.enum_value("LEFT", description="It matched before the change and does not now.")
    BULK = strawberry.enum_value(
        "BULK",
        description=(
            "Several contacts were changed by one mutation, or by a job: told once, when that is done, whatever the "
            "filter. Also in the stead of events that a slow client left waiting."
        ),
    )


@strawberry.type(description="A change of one contact, or of many.")
class ContactChange:
    kind: ChangeKind = column(description="What happened, for whoever has this filter.")
    contact_id: strawberry.ID | None = column(
        convert_many=partial(encode_many, Prefix.CONTACT), description="Which contact; null for BULK."
    )
    contact: Contact | None = relation(
        "contacts_by_id", key="contact_id", description="The contact as it is now; null for BULK, or once it is purged."
    )
    count: int = column(description="How many contacts were changed; 1 for all kinds but BULK.")
    occurred_at: datetime = column(description="When it happened.")

"""The opt-out register: the consent state of phone numbers."""

from datetime import datetime
from enum import Enum
from uuid import uuid5

import strawberry

from schema.execution import column, computed, relation
from schema.ids import IdPrefix, encode
from schema.pagination import Connection
from schema.permissions import CanReadContacts
from schema.scalars import PhoneNumber
from schema.types.user import User


@strawberry.enum(description="Origin of the last change of a number's opt-out.")
class OptOutSource(Enum):
    API = strawberry.enum_value("API", description="The mutation optOut, optOutNumbers or optIn.")
    KEYWORD = strawberry.enum_value("KEYWORD", description="An inbound message such as STOP or START.")
    IMPORT = strawberry.enum_value("IMPORT", description="An opt-out column of an imported file.")
    PURGE = strawberry.enum_value("PURGE", description="The mutation purgeContacts with optOut: true.")


@strawberry.type(
    description=(
        "Consent state of a phone number in the opt-out register, with or without a contact. A number without an entry "
        "is not opted out. node does not accept its id."
    )
)
class OptOut:
    id: strawberry.ID = computed(
        "account_id",
        "phone",
        resolve=lambda account_id, phone: encode(IdPrefix.OPT_OUT, uuid5(account_id, phone)),
        description="Opaque ID for client caches, constant for this number in this account. node does not accept it.",
    )
    phone: PhoneNumber = column(description="The phone number as E.164.")
    is_opted_out: bool = column(description="True if the number has opted out and must not be messaged.")
    source: OptOutSource | None = column(
        description="Origin of the last change; null if the register has no entry for the number."
    )
    reason: str | None = column(
        description="Reason of the last change, at most 1000 characters; null if none was sent."
    )
    changed_at: datetime | None = column(
        description="When the state last changed; null if the register has no entry for the number."
    )
    changed_by: User | None = relation(
        "users_by_id",
        key="changed_by_id",
        permission_classes=[CanReadContacts],
        description="User who made the last change; null if no user did.",
    )


OptOutConnection = Connection[OptOut]

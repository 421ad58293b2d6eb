"""The register of numbers that said STOP."""

from datetime import datetime
from enum import Enum
from uuid import uuid5

import strawberry

from schema.execution import column, computed, relation
from schema.ids import Prefix, encode
from schema.pagination import Connection
from schema.scalars import PhoneNumber
from schema.types.user import User


@strawberry.enum(description="How an opt-out or an opt-in came.")
class OptOutSource(Enum):
    API = strawberry.enum_value("API", description="By optOut or optIn.")
    KEYWORD = strawberry.enum_value("KEYWORD", description="By an inbound message such as STOP or START.")
    IMPORT = strawberry.enum_value("IMPORT", description="By a column of an imported file.")
    PURGE = strawberry.enum_value("PURGE", description="By a purge that asked for it.")


@strawberry.type(
    description=(
        "What the opt-out register says of a number, a contact's or not; one that it never heard of is not opted out. "
        "id is the same for the number at all times, for caches; node does not take it."
    )
)
class OptOut:
    id: strawberry.ID = computed(
        "account_id",
        "phone",
        resolve=lambda account_id, phone: encode(Prefix.OPT_OUT, uuid5(account_id, phone)),
        description="The same for this number of this account at all times.",
    )
    phone: PhoneNumber = column(description="The number.")
    is_opted_out: bool = column(description="Whether it may not be messaged.")
    source: OptOutSource | None = column(description="How the last change came; null where there was none.")
    reason: str | None = column(description="What the last change gave as its reason; at most 1000 characters.")
    changed_at: datetime | None = column(description="When it last changed; null where it never did.")
    changed_by: User | None = relation("users_by_id", key="changed_by_id", description="Who changed it last.")


OptOutConnection = Connection[OptOut]

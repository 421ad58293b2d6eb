"""The opt-out register: the consent state of phone numbers."""

from datetime import datetime
from enum import Enum
from functools import partial
from uuid import uuid5

import strawberry

from schema.execution import column, computed, loaded_by, relation
from schema.ids import IdPrefix, encode, encode_many
from schema.pagination import After, Connection, First
from schema.permissions import CanReadContacts
from schema.scalars import PhoneNumber
from schema.types.job import Job
from schema.types.user import User


@strawberry.enum(description="Origin of the last change of a number's opt-out.")
class OptOutSource(Enum):
    API = strawberry.enum_value("API", description="The mutation optOut, optOutNumbers or optIn.")
    KEYWORD = strawberry.enum_value("KEYWORD", description="An inbound message such as STOP or START.")
    IMPORT = strawberry.enum_value("IMPORT", description="An opt-out column of an imported file.")
    PURGE = strawberry.enum_value("PURGE", description="The mutation purgeContacts with optOut: true.")


@strawberry.type(description="A change of a number's consent state. The server keeps it for as long as the account.")
class ConsentEvent:
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.CONSENT_EVENT),
        description="Opaque ID for client caches; starts with cev_. node does not accept it.",
    )
    is_opted_out: bool = column(description="True for an opt-out, false for an opt-in.")
    source: OptOutSource = column(description="Origin of the change: a mutation, a keyword, an import or a purge.")
    reason: str | None = column(description="Reason of the change, at most 1000 characters; null if none was sent.")
    user: User | None = relation(
        "users_by_id",
        key="user_id",
        permission_classes=[CanReadContacts],
        description="User who made the change; null if no user did.",
    )
    job: Job | None = relation(
        "jobs_by_id",
        key="job_id",
        permission_classes=[CanReadContacts],
        description="Background job that made the change; null if none did, or if the job was deleted.",
    )
    occurred_at: datetime = column(description="When the consent state changed.")


ConsentEventConnection = Connection[ConsentEvent]


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

    @loaded_by(
        "consent_events_by_phone",
        key="ledger",
        permission_classes=[CanReadContacts],
        description=(
            "Pages of the changes of the number's consent state, newest first: all of them, or those up to the instant "
            "`at` of `optOut`."
        ),
    )
    def events(first: First = strawberry.UNSET, after: After = strawberry.UNSET) -> ConsentEventConnection: ...


OptOutConnection = Connection[OptOut]

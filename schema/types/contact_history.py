"""The history of a contact."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import strawberry

from schema.execution import column, computed, relation
from schema.ids import IdPrefix, encode
from schema.pagination import PageInfo
from schema.permissions import CanReadCampaigns, CanReadContacts, CanReadMessages, IsAdmin
from schema.types.api_token import ApiToken
from schema.types.audit_action import AuditAction
from schema.types.campaign import Campaign
from schema.types.contact_list import ContactList
from schema.types.job import Job
from schema.types.message import Message
from schema.types.opt_out import OptOutSource
from schema.types.user import User
from services.contacts.fields import MAX_LENGTHS, MAX_TAGS_LENGTH, MAX_VARIABLES_LENGTH

LONGEST_CHANGES: Final = 2 * (MAX_LENGTHS["notes"] + MAX_TAGS_LENGTH + MAX_VARIABLES_LENGTH)
"""The most characters of the long values before and after a change."""


@strawberry.type(
    description="A field of a contact that a change affected, with its values before and after the change."
)
class FieldChange:
    field: str = strawberry.field(
        description="Name of the field of Contact, or customVariables.<label> for one custom variable."
    )
    before: str | None = strawberry.field(
        description="Value before the change; null if there was none. Tags and IDs of users are separated by ;."
    )
    after: str | None = strawberry.field(description="Value after the change, in the same form; null if there is none.")


def _changes(stored: list[list[Any]] | None) -> list[FieldChange]:
    return [FieldChange(field=field, before=before, after=after) for field, before, after in stored or ()]


def _id(contact_id: UUID, kind: int, id: UUID) -> str:
    return encode(IdPrefix.HISTORY_ENTRY, uuid5(contact_id, f"{kind}:{id}"))


@strawberry.type(
    description=(
        "An event in the history of one contact: its creation, a change of its fields, consent, lists or campaigns, a "
        "message, or a change of several contacts."
    )
)
class ContactHistoryEntry:
    id: strawberry.ID = computed(
        "contact_id",
        "kind",
        "id",
        resolve=_id,
        description="Opaque ID for client caches; starts with his_. node does not accept it.",
    )
    action: AuditAction = column(description="Kind of the event. The creation of the contact is CREATE or IMPORT.")
    changes: list[FieldChange] = computed(
        "changes",
        resolve=_changes,
        description="Changed fields; empty if a list, a campaign or a change of several contacts is the entry.",
    )
    contact_list: ContactList | None = relation(
        "contact_lists_by_id",
        key="contact_list_id",
        permission_classes=[CanReadContacts],
        description="List that the contact was added to or removed from; null otherwise, and if it was deleted.",
    )
    campaign: Campaign | None = relation(
        "campaigns_by_id",
        key="campaign_id",
        permission_classes=[CanReadCampaigns],
        description="Campaign of the change or the message; null if there is none. Requires the scope CAMPAIGNS_READ.",
    )
    message: Message | None = relation(
        "messages_by_id",
        key="message_id",
        permission_classes=[CanReadMessages],
        description="Message, for RECORD_MESSAGES; null for other actions. Requires the scope MESSAGES_READ.",
    )
    job: Job | None = relation(
        "jobs_by_id",
        key="job_id",
        permission_classes=[CanReadContacts],
        description="Background job that made the change; null if none did, or if the job was deleted.",
    )
    line: int | None = column(
        description="Line of the imported file that created the contact, from 1; null for other entries."
    )
    source: OptOutSource | None = column(description="Origin of an OPT_OUT or OPT_IN; null for other actions.")
    reason: str | None = column(description="Reason of an OPT_OUT or OPT_IN; null if none was sent, and otherwise.")
    user: User | None = relation(
        "users_by_id",
        key="user_id",
        permission_classes=[CanReadContacts],
        description="User who made the change; null if no user did, or if it is not known.",
    )
    token: ApiToken | None = relation(
        "api_tokens_by_id",
        key="token_id",
        permission_classes=[IsAdmin],
        description="Token that made the change; null for a job or a caller by JWT. Requires the scope ADMIN.",
    )
    occurred_at: datetime = column(description="When it happened. A job has an instant for each batch of contacts.")


@strawberry.type(description="An entry of a contact's history, with its cursor.")
class ContactHistoryEdge:
    cursor: str = strawberry.field(description="Position of the entry, for `after` in the same history.")
    node: ContactHistoryEntry = strawberry.field(description="The entry at this position.")


@strawberry.type(description="One page of a contact's history, which merges the entries of several tables.")
class ContactHistoryConnection:
    edges: list[ContactHistoryEdge] = strawberry.field(description="The entries of the page, each with its cursor.")
    nodes: list[ContactHistoryEntry] = strawberry.field(description="The entries of the page, without cursors.")
    page_info: PageInfo = strawberry.field(description="Position of the page in the whole history.")

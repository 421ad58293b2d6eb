"""Events of the audit log."""

from datetime import datetime
from enum import Enum
from functools import partial

import strawberry

from schema.execution import column, relation
from schema.ids import IdPrefix, encode_many
from schema.pagination import Connection
from schema.permissions import CanReadContacts
from schema.types.api_token import ApiToken
from schema.types.job import Job
from schema.types.node import Node
from schema.types.user import User


@strawberry.enum(description="Kind of a change. A job's action is that of the mutation that created it.")
class AuditAction(Enum):
    CREATE = strawberry.enum_value("CREATE", description="Contacts, a contact list or a campaign were created.")
    UPDATE = strawberry.enum_value("UPDATE", description="Contacts, a contact list or a campaign were changed.")
    TRASH = strawberry.enum_value("TRASH", description="Contacts were moved to the trash.")
    RESTORE = strawberry.enum_value("RESTORE", description="Contacts were restored from the trash.")
    PURGE = strawberry.enum_value("PURGE", description="Contacts were deleted permanently, on request or by time.")
    OPT_OUT = strawberry.enum_value("OPT_OUT", description="Phone numbers were opted out.")
    OPT_IN = strawberry.enum_value("OPT_IN", description="The opt-out of a phone number was lifted.")
    VERIFY = strawberry.enum_value("VERIFY", description="A verification was requested, confirmed or revoked.")
    ASSIGN = strawberry.enum_value("ASSIGN", description="The owner or the assignees of contacts were set.")
    TAG = strawberry.enum_value("TAG", description="Tags of contacts were added or removed.")
    ADD_TO_LIST = strawberry.enum_value("ADD_TO_LIST", description="Contacts were added to a list.")
    REMOVE_FROM_LIST = strawberry.enum_value("REMOVE_FROM_LIST", description="Contacts were removed from a list.")
    IMPORT = strawberry.enum_value("IMPORT", description="An import of a file began or ended.")
    EXPORT = strawberry.enum_value("EXPORT", description="An export began or ended, or a file was to be e-mailed.")
    DELETE = strawberry.enum_value("DELETE", description="A contact list or a campaign was deleted.")
    ADD_TO_CAMPAIGN = strawberry.enum_value(
        "ADD_TO_CAMPAIGN", description="Contacts were added to a campaign, or changed in it."
    )
    REMOVE_FROM_CAMPAIGN = strawberry.enum_value(
        "REMOVE_FROM_CAMPAIGN", description="Contacts were removed from a campaign."
    )
    APPLY_REVIEW = strawberry.enum_value(
        "APPLY_REVIEW", description="Rows of a campaign review were added to its campaign."
    )
    RECORD_MESSAGES = strawberry.enum_value(
        "RECORD_MESSAGES", description="Messages were recorded, with the opt-outs and opt-ins of their keywords."
    )
    CHANGE_ACCOUNT = strawberry.enum_value(
        "CHANGE_ACCOUNT", description="The account was created, or its settings were changed."
    )
    CHANGE_PREFIX = strawberry.enum_value("CHANGE_PREFIX", description="A custom operator prefix was set or deleted.")
    CREATE_USER = strawberry.enum_value("CREATE_USER", description="A user of the account was created.")
    CHANGE_USER = strawberry.enum_value("CHANGE_USER", description="A user was changed, for example deactivated.")
    CREATE_TOKEN = strawberry.enum_value("CREATE_TOKEN", description="An API token was created.")
    REVOKE_TOKEN = strawberry.enum_value("REVOKE_TOKEN", description="An API token was revoked.")
    CHANGE_WEBHOOK = strawberry.enum_value(
        "CHANGE_WEBHOOK",
        description="A webhook endpoint was created, changed, tested, switched off or deleted, or got events again.",
    )
    CANCEL_JOB = strawberry.enum_value("CANCEL_JOB", description="A job was cancelled. It is also the job's end.")


@strawberry.type(
    description=(
        "A mutation that wrote something, or a job that ended. It is written in the transaction of the change, and "
        "never changed. It names IDs, counts, fields and conditions, never a person's data. The server keeps it for a "
        "year, unless its operator has set another number of days. Without a user and a token, the server itself or "
        "its command line made the change."
    )
)
class AuditEvent(Node):
    id: strawberry.ID = column(
        convert_many=partial(encode_many, IdPrefix.AUDIT_EVENT),
        description="Opaque ID of the event; starts with aud_.",
    )
    action: AuditAction = column(description="Kind of the change, such as TAG.")
    subject_id: strawberry.ID | None = column(
        "subject", description="ID of the one object that the change is about; null if there are none or several."
    )
    count: int = column(
        description="Number of objects that the change affected; 0 for a job that began, the total for one that ended."
    )
    summary: str = column(description="The change in a sentence for people, without values. Its wording can change.")
    user: User | None = relation(
        "users_by_id",
        key="user_id",
        permission_classes=[CanReadContacts],
        description="User who made the change; null if none did. Requires the scope CONTACTS_READ.",
    )
    token: ApiToken | None = relation(
        "api_tokens_by_id", key="token_id", description="Token that made the change; null for a caller by JWT."
    )
    job: Job | None = relation(
        "jobs_by_id",
        key="job_id",
        permission_classes=[CanReadContacts],
        description="Job that the change created or that ended; null once it is deleted. Requires CONTACTS_READ.",
    )
    request_id: str | None = column(description="The request's X-Request-Id; null without a request.")
    ip_address: str | None = column(description="IP address of the client; null if the server does not know it.")
    occurred_at: datetime = column(description="When the request began, or when the job ended.")


AuditEventConnection = Connection[AuditEvent]

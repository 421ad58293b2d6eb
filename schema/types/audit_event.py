"""Events of the audit log."""

from datetime import datetime
from functools import partial

import strawberry

from schema.execution import column, relation
from schema.ids import IdPrefix, encode_many
from schema.pagination import Connection
from schema.permissions import CanReadContacts
from schema.types.api_token import ApiToken
from schema.types.audit_action import AuditAction
from schema.types.job import Job
from schema.types.node import Node
from schema.types.user import User


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

"""Filter of the audit log."""

import strawberry
from strawberry import UNSET

from schema.inputs.contact_filter import MAX_VALUES, DateTimeRange
from schema.types.audit_event import AuditAction


@strawberry.input(description="Conditions on events of the audit log. Events must match all that are set.")
class AuditEventFilter:
    actions: list[AuditAction] | None = strawberry.field(
        default=UNSET, description=f"Events with one of these actions; at most {MAX_VALUES}."
    )
    user_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description=f"Events of one of these users; at most {MAX_VALUES}."
    )
    token_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description=f"Events of one of these tokens; at most {MAX_VALUES}."
    )
    subject_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Events about this one object, of any type."
    )
    job_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Events about this job: its beginning and its end."
    )
    occurred_at: DateTimeRange | None = strawberry.field(
        default=UNSET, description="Events in this range of time, by occurredAt."
    )

"""Payload of cancelJob."""

import strawberry

from schema.descriptions import ERRORS
from schema.errors import UserError
from schema.permissions import CanReadContacts
from schema.types.job import Job


@strawberry.type(description="Result of cancelJob: the cancelled job.")
class CancelJobPayload:
    job: Job | None = strawberry.field(
        permission_classes=[CanReadContacts],
        description="The job after the change; null if there are errors. Requires the scope CONTACTS_READ.",
    )
    errors: list[UserError] = strawberry.field(description=ERRORS)

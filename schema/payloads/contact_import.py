"""Payload of importContacts."""

import strawberry

from schema.errors import UserError
from schema.types.job import Job


@strawberry.type(description="Result of importContacts: the import's job.")
class ImportContactsPayload:
    job: Job | None = strawberry.field(description="The import in its current state; null if there are errors.")
    errors: list[UserError] = strawberry.field(
        description=(
            "Errors that the client can fix. If not empty, no job was created. Problems in the file itself are in the "
            "job's error and rowErrors."
        )
    )

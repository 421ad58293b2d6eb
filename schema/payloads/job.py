"""What comes of ending a job."""

import strawberry

from schema.errors import UserError
from schema.types.job import Job


@strawberry.type(description="What comes of cancelJob.")
class CancelJobPayload:
    job: Job | None = strawberry.field(description="The job as it is now; null where it was refused.")
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty where it was.")

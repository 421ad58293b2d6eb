"""Input that cancels a job."""

import strawberry


@strawberry.input(description="Names the background job to cancel.")
class CancelJobInput:
    id: strawberry.ID = strawberry.field(description="ID of a queued or running job. Cancelling it again is allowed.")

"""Jobs as they are named."""

import strawberry


@strawberry.input(description="Which job to end.")
class CancelJobInput:
    id: strawberry.ID = strawberry.field(description="A job that waits or runs; one that was cancelled stays so.")

"""What comes of a file."""

import strawberry

from schema.errors import UserError
from schema.types.job import Job


@strawberry.type(description="What comes of importContacts.")
class ImportContactsPayload:
    job: Job | None = strawberry.field(description="The import, as far as it is by now; null where it was refused.")
    errors: list[UserError] = strawberry.field(
        description="Why no job was made; what is wrong with the file itself is told by the job."
    )

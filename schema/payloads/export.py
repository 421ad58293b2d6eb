"""What comes of exports."""

import strawberry

from schema.errors import UserError
from schema.types.job import Job


@strawberry.type(description="What comes of exportContacts.")
class ExportContactsPayload:
    job: Job | None = strawberry.field(
        description="The job that makes the file; its downloadUrl is there once it is COMPLETED. Null where refused."
    )
    errors: list[UserError] = strawberry.field(description="Why there is no job; empty where there is one.")


@strawberry.type(description="What comes of emailExport.")
class EmailExportPayload:
    is_sent: bool = strawberry.field(description="Whether the mail server has taken the mail.")
    errors: list[UserError] = strawberry.field(description="Why nothing was sent; empty where it was.")

"""Payloads of exportContacts and emailExport."""

import strawberry

from schema.errors import UserError
from schema.types.job import Job


@strawberry.type(description="Result of exportContacts: the export's job.")
class ExportContactsPayload:
    job: Job | None = strawberry.field(
        description=(
            "The job that writes the file. When it is COMPLETED, its downloadUrl is set. Null if there are errors."
        )
    )
    errors: list[UserError] = strawberry.field(
        description="Errors that the client can fix. If not empty, no job was created."
    )


@strawberry.type(description="Result of emailExport: the state of the e-mail.")
class EmailExportPayload:
    is_sent: bool = strawberry.field(description="True if the mail server accepted the e-mail.")
    errors: list[UserError] = strawberry.field(
        description="Errors that the client can fix. If not empty, nothing was sent."
    )

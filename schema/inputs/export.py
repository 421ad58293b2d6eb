"""Exports as they are asked for."""

from enum import Enum

import strawberry
from strawberry import UNSET

from schema.inputs.contact_filter import ContactFilter


@strawberry.enum(description="What kind of file.")
class ExportFormat(Enum):
    CSV = strawberry.enum_value("CSV", description="Comma-separated values: UTF-8, a header, a line a contact.")
    XLSX = strawberry.enum_value("XLSX", description="A sheet for Excel and its like; at most 1,048,575 contacts.")
    JSON = strawberry.enum_value("JSON", description="One array of objects.")


@strawberry.input(description="Which contacts to export, and how. Without a list and a filter: all outside the trash.")
class ExportContactsInput:
    list_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Only the members of this list.")
    filter: ContactFilter | None = strawberry.field(default=UNSET, description="Only contacts that match.")
    format: ExportFormat = strawberry.field(default=ExportFormat.CSV, description="The kind of file.")
    email: str | None = strawberry.field(
        default=UNSET, description="Send it there as well; a file of more than 10 MB as a link that works for a day."
    )
    wait_seconds: int = strawberry.field(default=10, description="Answer when done, or after so many seconds, 0 to 30.")


@strawberry.input(description="A file of the caller's own, to be sent by mail.")
class EmailExportInput:
    email: str = strawberry.field(description="To whom.")
    filename: str = strawberry.field(
        description="What it is called, without a directory; ends in .csv, .xlsx or .json, as its mimeType says."
    )
    file_base64: str = strawberry.field(description="Its content in base64; at most 10,000,000 bytes, decoded.")
    mime_type: str = strawberry.field(
        description=(
            "What it is: text/csv, application/json or "
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet."
        )
    )
    count: int = strawberry.field(description="How many contacts it holds, for the mail's subject; 0 or more.")

"""Inputs that export contacts and send a file."""

from enum import Enum

import strawberry
from strawberry import UNSET

from schema.descriptions import WAIT_SECONDS
from schema.inputs.contact_filter import ContactFilter


@strawberry.enum(description="File format of an export.")
class ExportFormat(Enum):
    CSV = strawberry.enum_value(
        "CSV", description="Comma-separated values in UTF-8, with a byte order mark, a header and one line per contact."
    )
    XLSX = strawberry.enum_value("XLSX", description="Excel workbook with one sheet; at most 1,048,575 contacts.")
    JSON = strawberry.enum_value(
        "JSON", description="One array with an object per contact, which has the shape of Contact."
    )


@strawberry.input(
    description="Contacts to export, and the file format. Without listId and filter: all contacts outside the trash."
)
class ExportContactsInput:
    list_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Exports only members of this list.")
    filter: ContactFilter | None = strawberry.field(
        default=UNSET, description="Exports only contacts that match this filter."
    )
    format: ExportFormat = strawberry.field(default=ExportFormat.CSV, description="File format of the export.")
    columns: list[str] | None = strawberry.field(
        default=UNSET,
        description=(
            "Columns of the file in this order: names as in the header, or as in JSON, also id, lists, country, "
            "updated_at, custom_variables and custom:<label>. All columns of the format if unset."
        ),
    )
    bom: bool = strawberry.field(
        default=True, description="True begins CSV with a byte order mark, by which Excel recognizes UTF-8."
    )
    email: str | None = strawberry.field(
        default=UNSET,
        description=(
            "Address to send the file to as well. A file of more than 10 MB is sent as a link that works for a day."
        ),
    )
    wait_seconds: int = strawberry.field(default=10, description=WAIT_SECONDS)


@strawberry.input(description="A file of the client to send by e-mail.")
class EmailExportInput:
    email: str = strawberry.field(description="Address of the recipient.")
    filename: str = strawberry.field(
        description="File name without a directory. Its ending .csv, .xlsx or .json must fit mimeType."
    )
    file_base64: str = strawberry.field(
        description="Content of the file in base64; at most 10,000,000 bytes when decoded."
    )
    mime_type: str = strawberry.field(
        description=(
            "Media type: text/csv, application/json or "
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet."
        )
    )
    count: int = strawberry.field(
        description="Number of contacts in the file, for the subject of the e-mail; 0 or more."
    )

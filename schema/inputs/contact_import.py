"""Input that imports a file of contacts."""

from enum import Enum

import strawberry
from strawberry import UNSET

from schema.descriptions import ADD_EXISTING_TO_LIST, IF_EXISTS, NEW_CONTACTS_LIST, REGION, WAIT_SECONDS
from schema.inputs.contact import IfExists
from schema.scalars import CountryCode, Upload
from services.contacts.fields import IMPORTED


@strawberry.enum(description="Field that decides whether a row is a known contact.")
class ImportMatch(Enum):
    PHONE = strawberry.enum_value("PHONE", description="The phone number decides.")
    EXTERNAL_ID = strawberry.enum_value(
        "EXTERNAL_ID", description="The external id decides; the phone number if the row has no external id."
    )


@strawberry.input(description="Assigns a column of the file to a field. Exactly one of header and column is required.")
class ColumnMappingInput:
    header: str | None = strawberry.field(default=UNSET, description="Header of the column as in the file.")
    column: int | None = strawberry.field(
        default=UNSET, description="Position of the column in the file, from 1. For files without headers."
    )
    field: str = strawberry.field(
        description=(
            f"Target field: {', '.join(IMPORTED)}, opt_out, custom:<label> (a label of 1 to 100 characters), or ignore."
        )
    )


@strawberry.input(description="A file of contacts and the options of its import.")
class ImportContactsInput:
    file: Upload = strawberry.field(
        description=(
            "CSV file (UTF-8, UTF-16 or cp1252; separated by comma, semicolon, tab or |) or XLSX file. The first row "
            "contains the headers. At most 1000 columns, and 131072 characters in a cell."
        )
    )
    list_id: strawberry.ID | None = strawberry.field(default=UNSET, description=NEW_CONTACTS_LIST)
    mapping: list[ColumnMappingInput] | None = strawberry.field(
        default=UNSET,
        description=(
            "Fields of columns whose headers the server does not recognize; at most 1000. Each column and each field "
            "may occur once, except phone and email (the first cell that is not blank counts), tags and opt_out (all "
            "cells count)."
        ),
    )
    sheet: str | None = strawberry.field(
        default=UNSET, description="Sheet of an XLSX file; the first sheet if unset. An error for other files."
    )
    encoding: str | None = strawberry.field(
        default=UNSET,
        description="Character encoding of the file, such as windows-1251; detected if unset. An error for XLSX files.",
    )
    delimiter: str | None = strawberry.field(
        default=UNSET,
        description="Character that separates the cells of a line; detected if unset. An error for XLSX files.",
    )
    header_line: int | None = strawberry.field(
        default=UNSET, description="Line that contains the headers, from 1; detected if unset."
    )
    has_header: bool | None = strawberry.field(
        default=UNSET,
        description="False if no line contains headers. The mapping then names the columns by position.",
    )
    region: CountryCode | None = strawberry.field(default=UNSET, description=REGION)
    if_exists: IfExists = strawberry.field(default=IfExists.SKIP, description=IF_EXISTS)
    add_existing_to_list: bool = strawberry.field(default=False, description=ADD_EXISTING_TO_LIST)
    tags: list[str] | None = strawberry.field(
        default=UNSET,
        description="Tags for each contact that a row creates or changes; at most 50 of 1 to 64 characters each.",
    )
    match_on: ImportMatch = strawberry.field(
        default=ImportMatch.PHONE, description="Field that decides whether a row is a known contact."
    )
    create_lists: bool = strawberry.field(
        default=False, description="True creates the lists that a column names and that do not exist."
    )
    opt_outs_only: bool = strawberry.field(
        default=False, description="True opts out each number of the file, and creates and changes no contacts."
    )
    dry_run: bool = strawberry.field(
        default=False, description="True checks and counts all rows without writing anything."
    )
    wait_seconds: int = strawberry.field(default=10, description=WAIT_SECONDS)

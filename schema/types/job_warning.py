"""Warnings of an import about its file."""

from enum import Enum
from typing import Any

import strawberry

from services.imports.warnings import Warnings


@strawberry.enum(description="Kind of a warning about an imported file.")
class JobWarningCode(Enum):
    COLUMN_LEFT_OUT = strawberry.enum_value(
        "COLUMN_LEFT_OUT", description="The import ignores the column, because no field takes it."
    )
    EXISTING_SKIPPED = strawberry.enum_value(
        "EXISTING_SKIPPED", description="Contacts with these numbers exist, and the import left them unchanged."
    )
    QUOTES_GUESSED = strawberry.enum_value(
        "QUOTES_GUESSED", description="The quotes of the file are irregular, and the server guessed their meaning."
    )
    CONSENT_COLUMN_LEFT_OUT = strawberry.enum_value(
        "CONSENT_COLUMN_LEFT_OUT", description="The column looks like one of consent, and the import ignores it."
    )
    CONSENT_VALUE_UNKNOWN = strawberry.enum_value(
        "CONSENT_VALUE_UNKNOWN", description="The value of a consent column is neither a known yes nor a known no."
    )
    COLUMN_GUESSED = strawberry.enum_value(
        "COLUMN_GUESSED", description="The server chose the field of the column by its cells."
    )
    ENCODING_GUESSED = strawberry.enum_value(
        "ENCODING_GUESSED", description="The server is not certain about the character encoding of the file."
    )
    UNREADABLE_BYTES = strawberry.enum_value(
        "UNREADABLE_BYTES", description="Some bytes of the file are not valid in its encoding."
    )
    DELIMITER_GUESSED = strawberry.enum_value(
        "DELIMITER_GUESSED", description="The server is not certain about the delimiter of the file."
    )
    HEADER_LINE_GUESSED = strawberry.enum_value(
        "HEADER_LINE_GUESSED", description="The server chose the line with the headers, which is not the first one."
    )
    NO_HEADER = strawberry.enum_value("NO_HEADER", description="The file seems to have no line with headers.")
    NUMBER_IN_TRASH = strawberry.enum_value(
        "NUMBER_IN_TRASH", description="A contact with this number is in the trash. The row created another contact."
    )
    HIDDEN_SHEET_SKIPPED = strawberry.enum_value(
        "HIDDEN_SHEET_SKIPPED", description="The import ignores a hidden sheet of the workbook."
    )
    FILTERED_ROWS = strawberry.enum_value(
        "FILTERED_ROWS", description="A filter of the sheet hides rows, which the import reads nevertheless."
    )
    REGION_FROM_FILE = strawberry.enum_value(
        "REGION_FROM_FILE", description="The file names the countries of its numbers."
    )
    DIGITS_ONLY_NUMBERS = strawberry.enum_value(
        "DIGITS_ONLY_NUMBERS", description="The server read digits without a plus as international numbers."
    )
    EXISTING_NOT_ADDED_TO_LIST = strawberry.enum_value(
        "EXISTING_NOT_ADDED_TO_LIST", description="Contacts with these numbers exist, and were not added to the list."
    )
    EXTRA_NUMBERS_LEFT_OUT = strawberry.enum_value(
        "EXTRA_NUMBERS_LEFT_OUT", description="Rows have further numbers, which the import does not keep."
    )


@strawberry.type(description="Something that an import noticed and decided, once for a file, a column or a value.")
class JobWarning:
    code: JobWarningCode = strawberry.field(description="Machine-readable kind of the warning.")
    message: str = strawberry.field(description="Explanation for people, in English.")
    column: str | None = strawberry.field(
        description="Header of the column; null if the warning concerns the whole file, and after a purge of contacts."
    )
    line: int | None = strawberry.field(
        description="First line that the warning concerns, from 1 and including the header; null if there is none."
    )
    value: str | None = strawberry.field(
        description="Cell that the warning concerns, or a sample; null if there is none, and after a purge of contacts."
    )
    count: int = strawberry.field(description="Number of rows, columns or sheets that the warning concerns.")


def warnings_of(stored: list[list[Any]]) -> list[JobWarning]:
    """Returns the warnings of a job from its column `warnings`."""
    return [
        JobWarning(
            code=JobWarningCode(each.code.value),
            message=each.message,
            column=each.column,
            line=each.line,
            value=each.value,
            count=each.count,
        )
        for each in Warnings.from_json(stored)
    ]

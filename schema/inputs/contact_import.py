"""Files of contacts as they are given."""

import strawberry
from strawberry import UNSET

from schema.inputs.contact import IfExists
from schema.scalars import CountryCode, Upload


@strawberry.input(description="What a column of a file is.")
class ColumnMappingInput:
    header: str = strawberry.field(description="The column's header, as it stands in the file.")
    field: str = strawberry.field(
        description=(
            "One of first_name, last_name, name, phone, email, company_name, tags, notes, external_id, "
            "sender_number, opt_out, custom:<label> (a label of 1 to 100 characters), or ignore."
        )
    )


@strawberry.input(description="A file of contacts, and how to take it in.")
class ImportContactsInput:
    file: Upload = strawberry.field(
        description=(
            "CSV (UTF-8, UTF-16 or cp1252; , ; tab or | between cells) or XLSX; its first row says what the columns "
            "are. At most 1000 columns, and 131072 characters a cell."
        )
    )
    list_id: strawberry.ID | None = strawberry.field(default=UNSET, description="A list for all new contacts.")
    mapping: list[ColumnMappingInput] | None = strawberry.field(
        default=UNSET,
        description=(
            "Where a header's own name does not tell what it is; at most 1000. Each column once, and each field but "
            "phone and email (a row's first that is not blank counts), tags and opt_out (all count)."
        ),
    )
    sheet: str | None = strawberry.field(
        default=UNSET, description="Of an XLSX file, which it then has to be; the first where absent."
    )
    region: CountryCode | None = strawberry.field(
        default=UNSET, description="For phones without a country code; the account's where absent."
    )
    if_exists: IfExists = strawberry.field(
        default=IfExists.SKIP, description="What to do with a number that a contact has already."
    )
    add_existing_to_list: bool = strawberry.field(
        default=False, description="Add contacts that were there already to the list as well."
    )
    tags: list[str] | None = strawberry.field(
        default=UNSET, description="For every contact that a row makes or changes; at most 50, as a contact's."
    )
    dry_run: bool = strawberry.field(default=False, description="Everything but the writing.")
    wait_seconds: int = strawberry.field(default=10, description="Answer when done, or after so many seconds, 0 to 30.")

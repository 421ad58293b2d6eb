"""Parses a block of records and formats it for the database, without querying the database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import repeat
from random import getrandbits
from typing import Any, Final
from uuid import UUID

import orjson

from services.contacts.fields import TEXTS
from services.contacts.normalization import full_name, search_text_of
from services.imports.cells import CellError
from services.imports.columns import Columns
from services.imports.consent.cells import ConsentCells
from services.imports.record_splitting import Block, BlockNotes, Records, read_block
from services.imports.row_parsing import ParsedRow, Parser, RowLinks, Rules
from services.imports.warnings import WarningCode, Warnings, truncated
from services.phones.numbers import NetworkCheck, NumberFacts, facts, identity
from services.phones.operators import CustomPrefixes
from services.refusal import Code

# Columns of a staged row with their PostgreSQL types. `position` counts the block's rows that have a number.
COLUMNS: Final = {
    "position": "integer",
    "line": "integer",
    "id": "uuid",
    "phone": "text",
    "given_phone": "text",
    **dict.fromkeys(TEXTS, "text"),
    "full_name": "text",
    "search_text": "text",
    "tags": "text[]",
    "custom_variables": "jsonb",
    "status": "text",
    "invalid_reason": "text",
    "operator": "text",
    "operator_country": "text",
    "country": "text",
    "time_zones": "text[]",
}
# Separators in the input of PostgreSQL's COPY. Stored values never contain these characters.
DELIMITER: Final = "\x1f"
NULL: Final = "\x1e"

_GUESSED_QUOTES: Final = (
    "A quote opens or closes in the middle of a cell of this row. The row was read as shown. Double each quote within "
    "a cell."
)
_UNKNOWN_NETWORK: Final = "The number's mobile network is unknown. Check the number."


@dataclass(frozen=True, slots=True)
class ParsingOptions:
    """Import settings for parsing. `is_copied` is true for PostgreSQL's COPY and false for SQLite."""

    records: Records
    columns: Columns
    rules: Rules
    network_check: NetworkCheck
    custom_prefixes: CustomPrefixes
    is_copied: bool
    is_updating: bool


@dataclass(slots=True)
class ParsedBlock:
    """Parsed rows of a block. The per-row lists contain only rows that have a number, in order.

    `staged` is the input of COPY, or a list of tuples for SQLite. `values` is filled only if the import updates
    contacts.
    """

    index: int
    total: int = 0
    lines: list[int] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    phone_cells: list[str] = field(default_factory=list)
    external_ids: list[str | None] | None = None
    values: list[dict[str, Any]] = field(default_factory=list)
    staged: Any = None
    has_tags: bool = False
    has_variables: bool = False
    invalid: set[int] = field(default_factory=set)
    opted_out: list[str] = field(default_factory=list)
    rejected: list[CellError] = field(default_factory=list)
    marked: dict[int, list[CellError]] = field(default_factory=dict)
    """Errors of rows that are stored nevertheless, by position."""
    warnings: Warnings = field(default_factory=Warnings)
    notes: BlockNotes = field(default_factory=BlockNotes)
    given_phones: dict[int, str] = field(default_factory=dict)
    """The numbers as given, by position, where `phones` has another form."""
    links: dict[int, tuple[UUID, RowLinks]] = field(default_factory=dict)
    """By position: the id of the row if it makes a contact, and the lists and users that the row names."""

    def forget(self) -> None:
        """Releases the rows of a committed block.

        References to the block may exist until garbage collection, but they keep no rows in memory.
        """
        self.staged = self.external_ids = None
        for rows in (self.lines, self.phones, self.phone_cells, self.values, self.opted_out, self.rejected):
            rows.clear()
        self.invalid.clear()
        self.marked.clear()
        self.links.clear()
        self.given_phones.clear()
        self.warnings.clear()


def parse_block(options: ParsingOptions, block: Block, first_id: UUID) -> ParsedBlock:
    """Parses a block. The ids of its rows follow `first_id`, which determines their timestamp."""
    if options.rules.is_opt_outs_only:
        return _parse_opt_outs(options, block)
    parser = Parser(options.columns, options.rules)
    consent = ConsentCells(options.columns)
    parsed = ParsedBlock(block.index)
    has_external_ids = "external_id" in options.columns.places
    external_ids: list[str | None] = []
    ids = _following(first_id)
    write, staged = (_copy_line, []) if options.is_copied else (_sqlite_parameters, [])  # type: tuple[_Write, list[Any]]
    known: dict[NumberFacts, Any] = {}
    position = 0
    for line, cells, is_well_quoted in read_block(options.records, block, parsed.notes):
        parsed.total += 1
        is_opted_out, unknown = consent.opts_out(line, cells)
        if is_opted_out:  # also if the row is rejected
            parsed.opted_out += consent.numbers(cells, region=parser.region_of(cells))
        row = parser.parse(line, cells, is_well_quoted=is_well_quoted)
        if isinstance(row, CellError):
            parsed.rejected.append(row)
            continue
        row.errors += unknown
        number = facts(row.phone, network_check=options.network_check, custom_prefixes=options.custom_prefixes)
        if number.status == "INVALID":
            parsed.invalid.add(position)
            row.errors.append(_unknown_network(options.columns, row))
        if row.errors:
            parsed.marked[position] = row.errors
        if is_opted_out:
            parsed.opted_out.append(identity(row.phone))
        if has_external_ids:
            external_ids.append(row.values.get("external_id"))
        if options.is_updating:
            parsed.values.append(row.values)
        parsed.has_tags = parsed.has_tags or "tags" in row.values
        parsed.has_variables = parsed.has_variables or bool(row.values.get("custom_variables"))
        parsed.lines.append(line)
        parsed.phones.append(phone := identity(row.phone))
        if phone != row.phone:
            parsed.given_phones[position] = row.phone
        parsed.phone_cells.append(row.phone_cell)
        id = next(ids)
        if row.links is not None:
            parsed.links[position] = (UUID(int=id), row.links)
        staged.append(write(position, id, row, number, known))
        position += 1
    parsed.warnings = _warnings(parser, consent, parsed.notes)
    parsed.external_ids = external_ids if has_external_ids else None
    parsed.staged = "".join(staged).encode() if options.is_copied else staged
    return parsed


def _unknown_network(columns: Columns, row: ParsedRow) -> CellError:
    column = columns.header[columns.phones[0].place if row.phone_place is None else row.phone_place]
    return CellError(row.line, Code.UNKNOWN_NETWORK, column, truncated(row.phone_cell), _UNKNOWN_NETWORK, None, False)


def _parse_opt_outs(options: ParsingOptions, block: Block) -> ParsedBlock:
    """Parses a block whose rows only opt out their numbers. A row without a readable number is rejected."""
    parser, consent = Parser(options.columns, options.rules), ConsentCells(options.columns)
    parsed = ParsedBlock(block.index)
    for line, cells, is_well_quoted in read_block(options.records, block, parsed.notes):
        parsed.total += 1
        numbers = consent.numbers(cells, region=parser.region_of(cells))
        row = parser.parse(line, cells, is_well_quoted=is_well_quoted)
        if isinstance(row, ParsedRow):
            numbers.append(identity(row.phone))
        elif not numbers or not is_well_quoted:
            parsed.rejected.append(row)
        parsed.opted_out += numbers
        consent.note_contradictions(line, cells)
    parsed.warnings = _warnings(parser, consent, parsed.notes)
    return parsed


def _warnings(parser: Parser, consent: ConsentCells, notes: BlockNotes) -> Warnings:
    warnings = parser.warnings
    consent.add_warnings(warnings)
    for line, text in notes.guessed:
        warnings.add(WarningCode.QUOTES_GUESSED, _GUESSED_QUOTES, line=line, value=text)
    return warnings


# ------------------------------------------------------------------ ids


def _following(first: UUID) -> Iterator[int]:
    """Yields UUIDv7s, as integers, with the timestamp of `first` that sort after it (see models.db.database.uuid7)."""
    instant = first.int >> 76 << 76
    counter = ((first.int >> 64) & 0xFFF) << 14 | ((first.int >> 48) & 0x3FFF)
    while True:
        counter += 1
        yield instant | (counter >> 14) << 64 | 0b10 << 62 | (counter & 0x3FFF) << 48 | getrandbits(48)


# ------------------------------------------------------------------ database formats

_Write = Callable[[int, int, ParsedRow, NumberFacts, dict[NumberFacts, Any]], Any]


def _copy_line(position: int, id: int, row: ParsedRow, number: NumberFacts, known: dict[NumberFacts, str]) -> str:
    """Returns a line of COPY's text format, with DELIMITER and NULL."""
    values = row.values
    get = values.get
    whole_name, phone = full_name(values), identity(row.phone)
    tags, variables = get("tags"), get("custom_variables")
    body = DELIMITER.join(
        (
            phone,
            NULL if phone == row.phone else row.phone,
            *map(get, TEXTS, repeat(NULL)),
            whole_name or NULL,
            search_text_of(values, whole_name, row.phone),
            _array(tags) if tags else "{}",
            orjson.dumps(variables).decode() if variables else "{}",
        )
    )
    derived = known.get(number)
    if derived is None:
        derived = known[number] = _escaped(
            DELIMITER.join(
                (
                    number.status,
                    number.invalid_reason or NULL,
                    number.operator or NULL,
                    number.operator_country or NULL,
                    number.country or NULL,
                    _array(number.time_zones),
                )
            )
        )
    return f"{position}{DELIMITER}{row.line}{DELIMITER}{id:032x}{DELIMITER}{_escaped(body)}{DELIMITER}{derived}\n"


def _escaped(text: str) -> str:
    if "\\" in text or "\r" in text:
        text = text.replace("\\", "\\\\").replace("\r", "\\r")
    return text.replace("\n", "\\n")


def _array(values: list[str] | tuple[str, ...]) -> str:
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"


def _sqlite_parameters(
    position: int, id: int, row: ParsedRow, number: NumberFacts, known: dict[NumberFacts, Any]
) -> tuple[Any, ...]:
    """Returns a row's parameters in SQLite's storage format (see models.db.sqlite.values)."""
    values = row.values
    get = values.get
    whole_name, phone = full_name(values), identity(row.phone)
    derived = known.get(number)
    if derived is None:
        derived = known[number] = (
            number.status,
            number.invalid_reason,
            number.operator,
            number.operator_country,
            number.country,
            orjson.dumps(number.time_zones).decode(),
        )
    return (
        position,
        row.line,
        str(UUID(int=id)),
        phone,
        None if phone == row.phone else row.phone,
        *map(get, TEXTS),
        whole_name,
        search_text_of(values, whole_name, row.phone),
        orjson.dumps(get("tags", [])).decode(),
        orjson.dumps(get("custom_variables", {})).decode(),
        *derived,
    )

"""Decides by the first cells of a column what its header leaves open."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from services.imports.cells import is_placeholder, look_like_phones
from services.imports.headers import key
from services.imports.record_splitting import BlockNotes, Records, read_block
from services.phones.countries import country_in

MAX_SAMPLED: Final = 200
_MOST_OF_THEM: Final = 0.6
# Headers that can also name something else than a phone: a flag, a person, a group, a member's number.
_PERHAPS_PHONES: Final = frozenset({"sms", "whatsapp", "wa", "cell", "contact", "contacto", "contato", "contacts"})
_PERHAPS_NUMBERS: Final = frozenset({"number", "num", "numero", "nambari", "namba"})
_PERHAPS_IDS: Final = frozenset({"customerid", "clientid", "idclient", "idcliente", "leadid"})
_COUNTRIES: Final = frozenset({"country", "calling_code"})


class Guess(NamedTuple):
    """The field of a column, or None if no field takes it, with its precedence and the warning for the client."""

    field: str | None
    rank: int
    message: str | None


def sampled(records: Records) -> list[list[str]]:
    """Returns the cells of each column that are not blank, of the first MAX_SAMPLED records."""
    if not records.blocks:
        return [list(sample) for sample in records.samples]
    columns: list[list[str]] = [[] for _ in records.header]
    for _, cells, *_ in islice(read_block(records, records.blocks[0], BlockNotes()), MAX_SAMPLED):
        for column, cell in zip(columns, cells, strict=False):
            if cell and not cell.isspace():
                column.append(cell)
    return columns


def decide(
    header: Sequence[str],
    fields: Mapping[int, tuple[str, int]],
    unsure: Collection[int],
    samples: Sequence[Sequence[str]],
    *,
    has_phone: bool,
) -> Iterator[tuple[int, Guess]]:
    """Yields the position and the meaning of each column whose cells decide its meaning.

    `fields` maps positions to the field and the rank of the header. `unsure` has the positions of phone columns that
    only single words of the header identify. `has_phone`: the mapping names a phone column.
    """
    numbers = []
    for place, (field, rank) in fields.items():
        name, cells = key(header[place]), samples[place]
        if field == "phone" and name in _PERHAPS_NUMBERS:
            numbers.append(place)
            continue
        guess = _guess(name, field, rank, cells, is_unsure=place in unsure) if cells else None
        has_phone = has_phone or (field if guess is None else guess.field) == "phone"
        if guess is not None:
            yield place, guess
    for place in numbers:
        if samples[place]:
            yield place, _number(fields[place][1], samples[place], has_phone=has_phone)


def _guess(name: str, field: str, rank: int, cells: Sequence[str], *, is_unsure: bool) -> Guess | None:
    if name in _PERHAPS_PHONES and field in ("phone", "name"):
        return _perhaps_phone(field, rank, cells)
    if is_unsure and not _may_be_phones(cells):
        return Guess(None, rank, None)
    if name in _PERHAPS_IDS and field == "external_id":
        return _perhaps_id(cells)
    return _perhaps_country(cells) if field in _COUNTRIES else None


def _may_be_phones(cells: Sequence[str]) -> bool:
    return all(map(is_placeholder, cells)) or look_like_phones(cells)


def _perhaps_phone(field: str, rank: int, cells: Sequence[str]) -> Guess | None:
    if look_like_phones(cells):
        message = "The cells of this column look like phone numbers, so they are read as such."
        return Guess("phone", rank if field == "phone" else 2, message)
    if field == "name":
        return None
    return Guess(None, rank, "The cells of this column do not look like phone numbers, so no number is read from it.")


def _number(rank: int, cells: Sequence[str], *, has_phone: bool) -> Guess:
    if has_phone:
        return Guess(None, rank, "The file has another column of phone numbers, so no number is read from this one.")
    if look_like_phones(cells):
        return Guess("phone", rank, "The cells of this column look like phone numbers, so they are read as such.")
    return Guess(None, rank, "The cells of this column do not look like phone numbers, so no number is read from it.")


def _perhaps_id(cells: Sequence[str]) -> Guess | None:
    if len(set(cells)) == len(cells):
        return None
    return Guess(None, 0, "Several rows have the same cell in this column, so it is no id of a contact.")


def _perhaps_country(cells: Sequence[str]) -> Guess | None:
    told = [cell for cell in cells if not is_placeholder(cell)]
    known = [cell for cell in told if country_in(cell)]
    if len(known) < max(1, len(told) * _MOST_OF_THEM):
        return Guess(None, 0, "The cells of this column do not look like countries, so numbers are not read by it.")
    has_digits = sum(any(map(str.isdigit, cell)) for cell in known)
    return Guess("calling_code" if has_digits * 2 > len(known) else "country", 0, None)

"""What a caller gives for the fields of a thing: each is read by its own rule; all that is wrong is told at once."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import email_validator

from services.refusal import Code, Refusal, Refused, refuse
from services.texts import has_control

MAX_EMAIL = 254


@dataclass(frozen=True, slots=True)
class Field:
    """How a field is read. `path` is its name in the input; `read` takes what was given and raises Refused."""

    path: str
    read: Callable[[Any], Any]
    is_nullable: bool = False

    def value(self, given: Any) -> Any:
        """The value to keep. None, for what can't be null, is REQUIRED."""
        if given is None:
            if self.is_nullable:
                return None
            raise refuse(Code.REQUIRED, "This can't be null.")
        return self.read(given)


def read_fields(given: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """The values to keep, by the names of the fields that were given. Raises Refused with everything that is wrong."""
    values: dict[str, Any] = {}
    refusals: list[Refusal] = []
    for name, value in given.items():
        field = fields[name]
        try:
            values[name] = field.value(value)
        except Refused as refused:
            refusals += [refusal.under(field.path) for refusal in refused.refusals]
    if refusals:
        raise Refused(*refusals)
    return values


def a_line(limit: int) -> Callable[[str], str]:
    """A reader of one line of text that is not blank: trimmed and NFC, of at most `limit` characters."""
    return partial(_line, limit=limit)


def _line(text: str, *, limit: int) -> str:
    line = unicodedata.normalize("NFC", text.strip())
    if not line:
        raise refuse(Code.REQUIRED, "This can't be blank.")
    if len(line) > limit:
        raise refuse(Code.TOO_LONG, f"At most {limit} characters, not {len(line)}.")
    if has_control(line):
        raise refuse(Code.INVALID, "Line breaks and other control characters can't stand here.")
    return line


def a_text(limit: int, *, is_multiline: bool = False) -> Callable[[str], str | None]:
    """A reader of a text that may be blank, and is None then: trimmed and NFC, of at most `limit` characters."""
    return partial(_text, limit=limit, is_multiline=is_multiline)


def _text(text: str, *, limit: int, is_multiline: bool) -> str | None:
    kept = unicodedata.normalize("NFC", text.strip())
    if len(kept) > limit:
        raise refuse(Code.TOO_LONG, f"At most {limit} characters, not {len(kept)}.")
    if has_control(kept, is_multiline=is_multiline):
        raise refuse(Code.INVALID, "Control characters can't be part of it.")
    return kept or None


def a_number(least: int, most: int) -> Callable[[int], int]:
    """A reader of a whole number in a range, both ends included."""
    return partial(_number, least=least, most=most)


def _number(value: int, *, least: int, most: int) -> int:
    if not least <= value <= most:
        raise refuse(Code.INVALID, f"This must be {least} to {most}, not {value}.")
    return value


def email_address(text: str) -> str:
    """A reader of an e-mail address: its domain in lower case, NFC. Whether anyone is there is not asked."""
    address = text.strip()
    if not address:
        raise refuse(Code.REQUIRED, "This can't be blank.")
    if len(address) > MAX_EMAIL:
        raise refuse(Code.TOO_LONG, f"At most {MAX_EMAIL} characters, not {len(address)}.")
    try:
        return email_validator.validate_email(address, check_deliverability=False).normalized
    except email_validator.EmailNotValidError as error:
        raise refuse(Code.INVALID_EMAIL, f"This is not an e-mail address: {error}") from None


def assignments(values: Mapping[str, Any], *, first: int) -> str:
    """For SET: each column and its placeholder, numbered from `first` on. The names must be the program's own."""
    return ", ".join(f"{column} = ${place}" for place, column in enumerate(values, first))

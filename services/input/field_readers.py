"""Validates and normalizes input fields. Reports all validation errors together."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import email_validator

from services.input.text import has_control
from services.refusal import Code, Refusal, Refused, refuse

MAX_EMAIL = 254


@dataclass(frozen=True, slots=True)
class Field:
    """Defines how to read a field. `path` is its name in the input. `read` converts the input or raises Refused."""

    path: str
    read: Callable[[Any], Any]
    is_nullable: bool = False

    def value(self, given: Any) -> Any:
        """Returns the value to store. Raises REQUIRED for None unless the field is nullable."""
        if given is None:
            if self.is_nullable:
                return None
            raise refuse(Code.REQUIRED, "This can't be null.")
        return self.read(given)


def read_fields(given: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Returns the values to store, by field name, for the fields in the input. Raises Refused with all errors."""
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
    """Returns a reader of one line of text: trimmed, NFC, not blank, at most `limit` characters."""
    return partial(_line, limit=limit)


def _line(text: str, *, limit: int) -> str:
    line = unicodedata.normalize("NFC", text.strip())
    if not line:
        raise refuse(Code.REQUIRED, "This can't be blank.")
    if len(line) > limit:
        raise refuse(Code.TOO_LONG, f"The value has {len(line)} characters; at most {limit} are allowed.")
    if has_control(line):
        raise refuse(Code.INVALID, "Line breaks and other control characters are not allowed.")
    return line


def a_text(limit: int, *, is_multiline: bool = False) -> Callable[[str], str | None]:
    """Returns a reader of text: trimmed, NFC, at most `limit` characters. Blank text becomes None."""
    return partial(_text, limit=limit, is_multiline=is_multiline)


def _text(text: str, *, limit: int, is_multiline: bool) -> str | None:
    kept = unicodedata.normalize("NFC", text.strip())
    if len(kept) > limit:
        raise refuse(Code.TOO_LONG, f"The value has {len(kept)} characters; at most {limit} are allowed.")
    if has_control(kept, is_multiline=is_multiline):
        raise refuse(Code.INVALID, "Control characters are not allowed.")
    return kept or None


def a_number(least: int, most: int) -> Callable[[int], int]:
    """Returns a reader of an integer from `least` to `most`, inclusive."""
    return partial(_number, least=least, most=most)


def _number(value: int, *, least: int, most: int) -> int:
    if not least <= value <= most:
        raise refuse(Code.INVALID, f"This must be {least} to {most}, not {value}.")
    return value


def email_address(text: str) -> str:
    """Returns a normalized email address (NFC, domain in lower case). Does not check that the mailbox exists."""
    address = text.strip()
    if not address:
        raise refuse(Code.REQUIRED, "This can't be blank.")
    if len(address) > MAX_EMAIL:
        raise refuse(Code.TOO_LONG, f"The value has {len(address)} characters; at most {MAX_EMAIL} are allowed.")
    try:
        return email_validator.validate_email(address, check_deliverability=False).normalized
    except email_validator.EmailNotValidError as error:
        raise refuse(Code.INVALID_EMAIL, f"This is not an e-mail address: {error}") from None

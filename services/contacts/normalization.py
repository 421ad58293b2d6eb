"""Validates and normalizes a contact's fields, and computes derived ones. Pure functions.

Texts are normalized to NFC and trimmed; an empty text is no value. Control characters are rejected, except line breaks
and tabs in multi-line texts. All other characters, of any script, are kept unchanged.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import email_validator

from search_key import search_key
from services.contacts.fields import (
    GRAPHQL_NAMES,
    MAX_LABEL_LENGTH,
    MAX_LENGTHS,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    MAX_VARIABLE_LENGTH,
    MAX_VARIABLES,
    MULTILINE,
)
from services.input.text import has_control, neat, normalize_newlines
from services.phones.numbers import DigitsOnlyNumbers, PhonePolicy, PhoneProblem, read
from services.refusal import Code, Refusal


def normalized(
    given: Mapping[str, Any],
    *,
    region: str | None,
    policy: PhonePolicy,
    digits_only: DigitsOnlyNumbers = DigitsOnlyNumbers.INTERNATIONAL,
) -> tuple[dict[str, Any], list[Refusal]]:
    """Returns the normalized values of the given fields, by column, and the errors. None or a blank text is no value.

    `custom_variables` maps labels to texts, or to None to delete a label. `tags` are sorted and unique.
    """
    values: dict[str, Any] = {}
    refusals: list[Refusal] = []
    for name, value in given.items():
        try:
            if name == "tags":
                values[name] = _tags(value or ())
            elif name == "custom_variables":
                values[name] = _variables(value or {})
            elif name == "sender_number":
                values[name] = _sender(value, region, policy, digits_only)
            elif name == "email":
                values[name] = _email(value)
            else:
                values[name] = text(value, max_length=MAX_LENGTHS[name], is_multiline=name in MULTILINE)
        except _Wrong as wrong:
            refusals.append(wrong.refusal.under(GRAPHQL_NAMES[name]))
    return values, refusals


class _Wrong(Exception):
    def __init__(
        self, code: Code, message: str, *path: str, value: str | None = None, suggestion: str | None = None
    ) -> None:
        self.refusal = Refusal(code, message, path, value=value, suggestion=suggestion)

    @staticmethod
    def of(refusal: Refusal) -> "_Wrong":
        return _Wrong(refusal.code, refusal.message, *refusal.path)


def text(value: str | None, *, max_length: int, is_multiline: bool = False) -> str | None:
    """Returns the normalized text; None for a blank one. Raises _Wrong for a long text or control characters."""
    if value is None:
        return None
    kept = neat(normalize_newlines(value) if is_multiline else value)
    if len(kept) > max_length:
        raise _Wrong(Code.TOO_LONG, f"At most {max_length} characters, not {len(kept)}.")
    if not kept.isprintable() and has_control(kept, is_multiline=is_multiline):
        raise _Wrong(Code.INVALID, "Control characters can't be part of it.")
    return kept or None


def _email(value: str | None) -> str | None:
    kept = text(value, max_length=MAX_LENGTHS["email"])
    if kept is None:
        return None
    if (plain := plain_email(kept)) is not None:
        return plain
    try:
        return email_validator.validate_email(kept, check_deliverability=False).normalized
    except email_validator.EmailNotValidError as error:
        raise _Wrong(Code.INVALID_EMAIL, f"This is not an e-mail address: {error}") from None


# Fast path for common addresses: the local part is stored unchanged, and the domain is usually cached. A test compares
# the result with email-validator, which takes about twenty times as long.
_FOLDED_MAILBOXES: Final = frozenset(
    "info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp".split()
)
_PLAIN_EMAIL: Final = re.compile(r"(?=.{1,64}@)([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@([A-Za-z0-9.-]+)")


def plain_email(text: str) -> str | None:
    """Returns the normalized address if the fast path recognizes the text as valid, else None."""
    found = _PLAIN_EMAIL.fullmatch(text)
    if found is None or found[1].lower() in _FOLDED_MAILBOXES or (domain := _domain(found[2])) is None:
        return None
    return f"{found[1]}@{domain}" if len(found[1]) + len(domain) < MAX_LENGTHS["email"] else None


@lru_cache(maxsize=10_000)
def _domain(text: str) -> str | None:
    """Returns the normalized domain, or None if it is invalid."""
    try:
        return email_validator.validate_email(f"a@{text}", check_deliverability=False).domain
    except email_validator.EmailNotValidError:
        return None


def _sender(value: str | None, region: str | None, policy: PhonePolicy, digits_only: DigitsOnlyNumbers) -> str | None:
    if value is None or not value.strip():
        return None
    number = read(value, region=region, policy=policy, digits_only=digits_only)
    if isinstance(number, PhoneProblem):
        raise _Wrong(number.code, number.message, value=number.value, suggestion=number.suggestion)
    return number


def _tag(value: str) -> str:
    kept = neat(value)
    if not kept:
        raise _Wrong(Code.INVALID, "A tag can't be blank.")
    if len(kept) > MAX_TAG_LENGTH:
        raise _Wrong(Code.TOO_LONG, f"A tag has at most {MAX_TAG_LENGTH} characters, not {len(kept)}.")
    if ";" in kept or "|" in kept or (not kept.isprintable() and has_control(kept)):
        raise _Wrong(Code.INVALID, "A tag can't contain ; or | or control characters.")
    return kept


def tags(values: Sequence[str]) -> tuple[set[str], list[Refusal]]:
    """Returns the normalized tags, each once, and the errors of invalid tags. The path of an error is its index."""
    kept: set[str] = set()
    refusals = []
    for place, value in enumerate(values):
        try:
            kept.add(_tag(value))
        except _Wrong as wrong:
            refusals.append(wrong.refusal.under(str(place)))
    return kept, refusals


def _tags(values: Sequence[str]) -> list[str]:
    kept, refusals = tags(values)
    if refusals:
        raise _Wrong.of(refusals[0])
    if len(kept) > MAX_TAGS:
        raise _Wrong(Code.TOO_MANY, f"A contact has at most {MAX_TAGS} tags, not {len(kept)}.")
    return sorted(kept)


def _variables(values: Mapping[str, Any]) -> dict[str, str | None]:
    kept: dict[str, str | None] = {}
    for label, value in values.items():
        name = neat(label)
        if not name or has_control(name):
            raise _Wrong(Code.INVALID, "A label can't be blank or contain control characters.", label)
        if len(name) > MAX_LABEL_LENGTH:
            raise _Wrong(Code.TOO_LONG, f"A label has at most {MAX_LABEL_LENGTH} characters, not {len(name)}.", label)
        if value is not None and not isinstance(value, str):
            raise _Wrong(Code.INVALID, "The value of a custom variable must be a string.", label)
        if value is not None and has_control(value, is_multiline=True):
            raise _Wrong(Code.INVALID, "Control characters can't be part of it.", label)
        if value is not None and len(value) > MAX_VARIABLE_LENGTH:
            raise _Wrong(Code.TOO_LONG, f"At most {MAX_VARIABLE_LENGTH} characters, not {len(value)}.", label)
        kept[name] = None if value is None else unicodedata.normalize("NFC", normalize_newlines(value))
    if len(kept) > MAX_VARIABLES:
        raise _Wrong(Code.TOO_MANY, f"A contact has at most {MAX_VARIABLES} custom variables, not {len(kept)}.")
    return kept


def merged_variables(present: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """Merges the changes key by key. None removes a key."""
    together = {**present, **changes}
    return {label: value for label, value in together.items() if value is not None}


def full_name(contact: Mapping[str, Any]) -> str | None:
    """Returns the contact's name, or else its first and last name."""
    if name := contact.get("name"):
        return str(name)
    first, last = contact.get("first_name"), contact.get("last_name")
    return f"{first} {last}" if first and last else first or last or None


def search_text(contact: Mapping[str, Any]) -> str:
    """Returns the searchable values, folded, one per line, so that no search text matches across two values."""
    return search_text_of(contact, full_name(contact), contact["phone"])


def search_text_of(contact: Mapping[str, Any], name: str | None, phone: str) -> str:
    """Returns `search_text` for a contact whose full name and number the caller already has."""
    get = contact.get
    given_names = (get("first_name"), get("last_name")) if get("name") else ()
    return search_key(
        "\n".join([part for part in (name, *given_names, phone, get("email"), get("company_name")) if part])
    )

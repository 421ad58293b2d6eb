"""Turns the input of the floor's mutations into rows, before any SQL.

Floor and Muster share the functions of the product for its rules: they parse numbers, look up the facts of a number,
trim texts and build the search text. So the ratio measures everything else.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bench.data import NETWORK_CHECK, POLICY, REGION
from models.db.database import uuid7
from schema.ids import Prefix, encode
from services.contacts.normalization import full_name, normalized, search_text
from services.phones.numbers import facts, read

Row = dict[str, Any]

_DETAILS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "companyName": "company_name",
    "tags": "tags",
}
COLUMNS = (
    "id",
    "phone",
    "first_name",
    "last_name",
    "full_name",
    "email",
    "company_name",
    "tags",
    "status",
    "invalid_reason",
    "operator",
    "operator_country",
    "country",
    "time_zones",
    "search_text",
)
"""The columns that the cases write. created_at and updated_at are the request's `now`; custom_variables is empty."""


class Refused(Exception):
    pass


def now() -> datetime:
    return datetime.now(UTC)


def number(written: str) -> str:
    phone = read(written, region=REGION, policy=POLICY)
    if not isinstance(phone, str):
        raise Refused(phone.message)
    return phone


def details(given: Mapping[str, Any]) -> Row:
    """Returns the input fields by column, normalized."""
    wanted = {_DETAILS[name]: value for name, value in given.items() if name in _DETAILS}
    values, refusals = normalized(wanted, region=REGION, policy=POLICY)
    if refusals:
        raise Refused(refusals[0].message)
    return values


def new_row(given: Mapping[str, Any], phone: str, instant: datetime) -> Row:
    known = facts(phone, network_check=NETWORK_CHECK)
    row: Row = dict.fromkeys(COLUMNS)
    row |= {"id": uuid7(instant), "phone": phone, "tags": [], **details(given)}
    row |= {
        "status": known.status,
        "invalid_reason": known.invalid_reason,
        "operator": known.operator,
        "operator_country": known.operator_country,
        "country": known.country,
        "time_zones": list(known.time_zones),
    }
    return finished(row)


def finished(row: Row) -> Row:
    row["full_name"] = full_name(row)
    row["search_text"] = search_text(row)
    return row


def tag_changes(before: list[str], after: list[str]) -> list[tuple[str, int]]:
    """Returns the changes of tag counts, sorted by name, so that all writers lock the tags in the same order."""
    old, new = set(before), set(after)
    return sorted([(name, 1) for name in new - old] + [(name, -1) for name in old - new])


def shown(row: Row, *, is_opted_out: bool, created_at: datetime) -> dict[str, Any]:
    return {
        "id": encode(Prefix.CONTACT, row["id"]),
        "phone": row["phone"],
        "name": row["full_name"],
        "email": row["email"],
        "companyName": row["company_name"],
        "isOptedOut": is_opted_out,
        "status": row["status"],
        "createdAt": created_at,
        "tags": row["tags"],
    }


def created(contact: dict[str, Any]) -> Any:
    return {"createContact": {"outcome": "CREATED", "contact": contact, "errors": []}}


def updated(contact: dict[str, Any]) -> Any:
    return {"updateContact": {"contact": contact, "errors": []}}


class Batch:
    """The rows of a bulkCreateContacts. Existing contacts are passed to `take`."""

    def __init__(self, contacts: list[Any]) -> None:
        self._contacts = contacts
        self._numbers: list[str | None] = []
        for given in contacts:
            try:
                self._numbers.append(number(given["phone"]))
            except Refused:
                self._numbers.append(None)
        self.phones = list({phone: None for phone in self._numbers if phone is not None})

    def take(self, known: Mapping[str, Row], instant: datetime) -> list[Row]:
        """Returns the new contacts. `known` has id, phone and full_name of existing contacts, by number."""
        there = dict(known)
        new: list[Row] = []
        self._outcomes: list[tuple[str, Row | None]] = []
        for given, phone in zip(self._contacts, self._numbers, strict=True):
            try:
                if phone is None:
                    raise Refused
                if (row := there.get(phone)) is not None:
                    self._outcomes.append(("SKIPPED", row))
                    continue
                row = there[phone] = new_row(given, phone, instant)
            except Refused:
                self._outcomes.append(("FAILED", None))
            else:
                new.append(row)
                self._outcomes.append(("CREATED", row))
        return new

    def answer(self) -> Any:
        results = []
        for index, (outcome, row) in enumerate(self._outcomes):
            contact = row and {"id": encode(Prefix.CONTACT, row["id"]), "phone": row["phone"], "name": row["full_name"]}
            results.append({"index": index, "outcome": outcome, "contact": contact})
        return {"bulkCreateContacts": {"results": results, "errors": []}}

"""The changed fields of a contact, as its history shows them."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from services.contacts.fields import GRAPHQL_NAMES
from services.contacts.table import ContactDraft
from services.history.recording import FieldChange
from services.ids import IdPrefix, encode

_SEPARATOR: Final = ";"
_COLUMNS: Final = {name: column for column, name in {**GRAPHQL_NAMES, "full_name": "name", "owner_id": "owner"}.items()}
"""The columns by the names of their fields in the API."""


def of_draft(draft: ContactDraft) -> list[FieldChange]:
    """Returns the changed fields of a contact that is not new, without its lists and assignees.

    Each custom variable has its own name. A number is as it was given.
    """
    changes: list[FieldChange] = []
    for name, column in _COLUMNS.items():
        before, after = draft.before.get(column), draft.values.get(column)
        if column == "phone":
            before, after = draft.before.get("given_phone") or before, draft.values.get("given_phone") or after
        if before == after:
            continue
        if column == "custom_variables":
            labels = dict.fromkeys((*(before or ()), *(after or ())))
            each = [(f"{name}.{label}", (before or {}).get(label), (after or {}).get(label)) for label in labels]
        else:
            each = [(name, _text(before), _text(after))]
        changes += [FieldChange(*change) for change in each if change[1] != change[2]]
    return changes


def of_users(field: str, before: Collection[UUID], after: Collection[UUID]) -> list[FieldChange]:
    """Returns the change of a field that has users; none if they are the same."""
    if set(before) == set(after):
        return []
    return [FieldChange(field, _users(before), _users(after))]


def of_user(field: str, before: UUID | None, after: Any) -> list[FieldChange]:
    """Returns the change of a field that has one user, or None."""
    return [FieldChange(field, _text(before), _text(after))]


def of_tags(before: Collection[str], after: Collection[str]) -> list[FieldChange]:
    return [FieldChange("tags", _joined(before), _joined(after))]


def _users(ids: Collection[UUID]) -> str | None:
    return _joined([encode(IdPrefix.USER, id) for id in ids])


def _joined(texts: Collection[str]) -> str | None:
    return _SEPARATOR.join(sorted(texts)) or None


def _text(value: Any) -> str | None:
    if isinstance(value, UUID):
        return encode(IdPrefix.USER, value)
    if isinstance(value, list):
        return _joined(value)
    return None if value is None else str(value)

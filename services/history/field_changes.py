"""The changed fields of a contact, as its history shows them."""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from services.contacts.fields import GRAPHQL_NAMES
from services.contacts.table import ContactDraft
from services.history.recording import FieldChange
from services.ids import IdPrefix, encode

_SEPARATOR: Final = ";"
_SHOWN: Final = {**GRAPHQL_NAMES, "full_name": "name", "owner_id": "owner"}


def of_draft(draft: ContactDraft) -> list[FieldChange]:
    """Returns the changed fields of a contact that is not new, without its lists and assignees."""
    before, after = _shown(draft.before), _shown(draft.values)
    return [
        FieldChange(name, before.get(name), after.get(name))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]


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


def _shown(values: Mapping[str, Any]) -> dict[str, str | None]:
    """Returns the values by the names of the API. Each custom variable has its own name."""
    shown: dict[str, str | None] = {}
    for column, name in _SHOWN.items():
        value = values.get(column)
        if column == "custom_variables":
            shown |= {f"{name}.{label}": text for label, text in (value or {}).items()}
        elif column == "phone":
            shown[name] = values.get("given_phone") or value
        else:
            shown[name] = _text(value)
    return shown


def _text(value: Any) -> str | None:
    if isinstance(value, UUID):
        return encode(IdPrefix.USER, value)
    if isinstance(value, list):
        return _joined(value)
    return None if value is None else str(value)
